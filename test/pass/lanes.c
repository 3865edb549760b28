// A vectorised loop over one member loads its neighbours too; only what the source reads is checked.
// REQUIRES: x86_64
// RUN: %cc -O3 -mavx2 %s -S -emit-llvm -o - | FileCheck %s --check-prefix=IR
// RUN: %clang -O3 -mavx2 -mllvm -redflag-elim=0 %s -S -emit-llvm -o - | FileCheck %s --check-prefix=IR
struct point { int x, y, z, w; };
long sum(const struct point *p, int n) {
  long s = 0;
  for (int i = 0; i < n; i++)
    s += p[i].x;
  return s;
}
// IR-LABEL: define{{.*}} i64 @sum(
// IR-NOT: range
// IR: call preserve_mostcc void @__rf_read4
// IR-NOT: range
// IR: load <{{16|32}} x i32>
// IR-NOT: range
// IR: ret i64
