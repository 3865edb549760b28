; Masked accesses report active lanes only.
; RUN: %clang -O0 -S -emit-llvm %s -o - | FileCheck %s

; CHECK-LABEL: @constant_mask(
; CHECK-NOT: br
; CHECK: call void @__rf_read_range(ptr %{{.*}}, i64 4,
; CHECK: getelementptr i32, ptr %p, i64 2
; CHECK: call void @__rf_read_range(ptr %{{.*}}, i64 4,
; CHECK-NOT: __rf_read_range
; CHECK: ret
define <4 x i32> @constant_mask(ptr %p) {
  %v = call <4 x i32> @llvm.masked.load.v4i32.p0(ptr %p, i32 4, <4 x i1> <i1 1, i1 0, i1 1, i1 0>, <4 x i32> undef)
  ret <4 x i32> %v
}

; CHECK-LABEL: @variable_mask(
; CHECK: extractelement <2 x i1> %m, i64 0
; CHECK: br i1
; CHECK: call void @__rf_write_range
; CHECK: extractelement <2 x i1> %m, i64 1
; CHECK: br i1
; CHECK: call void @__rf_write_range
; CHECK: @llvm.masked.store
define void @variable_mask(ptr %p, <2 x i64> %v, <2 x i1> %m) {
  call void @llvm.masked.store.v2i64.p0(<2 x i64> %v, ptr %p, i32 8, <2 x i1> %m)
  ret void
}

; CHECK-LABEL: @gather(
; CHECK: %[[LANE:.*]] = extractelement <2 x ptr> %p, i64 1
; CHECK: call void @__rf_read_range(ptr %[[LANE]], i64 8,
define <2 x i64> @gather(<2 x ptr> %p) {
  %v = call <2 x i64> @llvm.masked.gather.v2i64.v2p0(<2 x ptr> %p, i32 8, <2 x i1> <i1 0, i1 1>, <2 x i64> undef)
  ret <2 x i64> %v
}

; CHECK-LABEL: @compress(
; CHECK: call i4 @llvm.ctpop.i4
; CHECK: call void @__rf_write_range(ptr %p, i64
define void @compress(ptr %p, <4 x i32> %v, <4 x i1> %m) {
  call void @llvm.masked.compressstore.v4i32(<4 x i32> %v, ptr %p, <4 x i1> %m)
  ret void
}

declare <4 x i32> @llvm.masked.load.v4i32.p0(ptr, i32, <4 x i1>, <4 x i32>)
declare void @llvm.masked.store.v2i64.p0(<2 x i64>, ptr, i32, <2 x i1>)
declare <2 x i64> @llvm.masked.gather.v2i64.v2p0(<2 x ptr>, i32, <2 x i1>, <2 x i64>)
declare void @llvm.masked.compressstore.v4i32(<4 x i32>, ptr, <4 x i1>)
