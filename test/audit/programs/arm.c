// Needs no header: built for AArch64 by a compiler without its libraries.
int arm_total;
int arm_add(int *p) { return __atomic_fetch_add(p, 1, __ATOMIC_SEQ_CST); }
int arm_load(int *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
void arm_store(int *p, int v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
void arm_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
int arm_sum(const int *p, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)
    s += p[i];
  return s;
}
int arm_square(int x) { return x * x; }
void arm_note(int v) { arm_total = v; }
long arm_wait(int *p) {
  register long number __asm__("x8") = 98;
  register long x0 __asm__("x0") = (long)p;
  register long x1 __asm__("x1") = 0;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(number), "r"(x1) : "memory");
  return x0;
}
int main(int argc, char **argv) {
  arm_note(arm_add(&argc) + arm_sum(&argc, 1));
  return arm_square(arm_total) == 0;
}
