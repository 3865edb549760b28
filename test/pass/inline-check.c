// The shape of the inline check: three loads of the thread's state, one of the cell, a test, a cold block.
// RUN: %clang -O1 -S -emit-llvm %s -o - | FileCheck %s
// RUN: %clang -O1 -S %s -o - | FileCheck %s --check-prefix=ASM

// CHECK: @__rf_tls = external dso_local thread_local(initialexec) global { i64, i64, i64, ptr, ptr }

long get(long *p) { return *p; }
// CHECK-LABEL: define{{.*}} i64 @get(
// CHECK: %[[MASK:.*]] = load i64, ptr getelementptr {{.*}} @__rf_tls, i32 0, i32 1){{.*}} !nosanitize
// CHECK: %[[BASE:.*]] = load i64, ptr getelementptr {{.*}} @__rf_tls, i32 0, i32 2){{.*}} !nosanitize
// CHECK: %[[CUR:.*]] = load i64, ptr @__rf_tls, {{.*}} !nosanitize
// CHECK: %[[ADDR:.*]] = ptrtoint ptr %0 to i64
// CHECK: %[[IN:.*]] = and i64 %[[ADDR]], %[[MASK]]
// CHECK: %[[TWICE:.*]] = shl i64 %[[IN]], 1
// CHECK: add i64 %[[BASE]], %[[TWICE]]
// CHECK: %[[CELL:.*]] = load i64, ptr %{{.*}}, align 8, !nosanitize
// CHECK: %[[X:.*]] = xor i64 %[[CELL]], %[[CUR]]
// RF_CHECK_IMM(RF_CELL_PLAIN, 0xff)
// CHECK: and i64 %[[X]], -2147482881
// CHECK: br i1 {{.*}} !prof
// CHECK: call preserve_mostcc void @__rf_read8(ptr %0, ptr @redflag.site

// The whole comparison is one instruction, and nothing is spilled for the slow path.
// ASM-LABEL: get:
// ASM-NOT: push
// ASM: testq $-2147482881, %r
// ASM: retq

void put(char *p, char c) { *p = c; }
// The mask of a narrow access is computed from its address.
// CHECK-LABEL: define{{.*}} void @put(
// CHECK: %[[LOW:.*]] = and i64 %{{.*}}, 7
// CHECK: %[[BIT:.*]] = shl nuw nsw i64 1, %[[LOW]]
// RF_CHECK_IMM(RF_CELL_PLAIN | RF_CELL_WRITE, 0)
// CHECK: or i64 %[[BIT]], -2147482880

// Four checks outside of loops: each is a call of a function that all objects share.
struct four { long a, b, c, d; };
long many(struct four *p) { return p->a + p->b + p->c + p->d; }
// CHECK-LABEL: define{{.*}} i64 @many(
// CHECK-COUNT-4: call preserve_mostcc void @__rf_check_read8(
// CHECK: ret i64

// The access to `next` says that p starts a granule, so the place of `b` in it is known: its mask is a constant, and it
// shares the cell's address with `a`. In `apart` nothing says so.
struct list { int a, b; struct list *next; };
int members(struct list *p, int n) {
  int sum = 0;
  for (; p; p = p->next) {
    sum += p->a;
    p->b = n;
  }
  return sum;
}
// ASM-LABEL: members:
// ASM: andq %{{.*}}, %[[AT:r[a-z0-9]+]]
// ASM-NEXT: movq (%{{.*}},%[[AT]],2), %
// ASM: testq $-2147483121, %
// ASM-NOT: shl
// ASM: movq (%{{.*}},%[[AT]],2), %
// ASM: testq $-2147482640, %
// ASM: retq
struct small { int a, b; };
void apart(struct small *p, int n) {
  for (int i = 0; i < n; i++)
    p[i * i].b = n;
}
// ASM-LABEL: apart:
// ASM: shl
// ASM: retq

// In a loop that cannot synchronise, the thread's state is loaded once.
void fill(long *p, long n) {
  for (long i = 0; i < n; i++)
    p[i * 3] = i;
}
// CHECK-LABEL: define{{.*}} void @fill(
// CHECK-COUNT-3: load i64, ptr {{.*}}@__rf_tls
// CHECK-NOT: load i64, ptr {{.*}}@__rf_tls
// CHECK: call preserve_mostcc void @__rf_write8(
// CHECK-NOT: load i64, ptr {{.*}}@__rf_tls
// CHECK: {{^}$}}

// CHECK: define linkonce_odr hidden preserve_mostcc void @__rf_check_read8(
