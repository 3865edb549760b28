// Sixteen bytes: as an instruction and as a call into libatomic.
// REQUIRES: x86_64
// RUN: %clang -O1 -S -emit-llvm %s -o - | FileCheck %s
// RUN: %clang -O1 -mcx16 -S -emit-llvm %s -o - | FileCheck %s

_Atomic __int128 wide;

// CHECK-LABEL: @load(
// CHECK: call i128 @__rf_atomic128_load(ptr @wide, i32 5, ptr @redflag.site
__int128 load(void) { return wide; }

// CHECK-LABEL: @store(
// CHECK: call void @__rf_atomic128_store(ptr @wide, i128 %{{.*}}, i32 5,
void store(__int128 v) { wide = v; }

// CHECK-LABEL: @swap(
// CHECK: call i128 @__rf_atomic128_exchange(ptr @wide, i128
__int128 swap(__int128 v) { return __c11_atomic_exchange(&wide, v, __ATOMIC_SEQ_CST); }

// CHECK-LABEL: @cas(
// CHECK: call i128 @__rf_atomic128_cas(ptr @wide, i128 %{{.*}}, i128 %{{.*}}, i32 5, i32 5,
_Bool cas(__int128 *e, __int128 v) {
  return __c11_atomic_compare_exchange_strong(&wide, e, v, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
