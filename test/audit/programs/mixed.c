// Of everything that the audit tells apart, something.
#include <pthread.h>
#include <string.h>

struct box {
  int a[10];
  double d;
  char c;
};
int global;
struct box boxes[2];
static int quiet;
static const int table[] = {1, 2, 3, 5, 8};

int reads(int *p) { return *p; }
void writes(struct box *p, int i) {
  p->a[i] = 3;
  p->d += 1.5;
  global++;
}
int calculates(int x) { return x * 2 + 1; }
int sums(int *p, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)
    s += p[i];
  return s;
}
int looks_up(int i) { return table[i % 5]; }
void copies(struct box *to, struct box *from) { *to = *from; }
int counts(_Atomic int *p) { return (*p)++; }
void fills(char *p, int n) {
  memset(p, 0, (size_t)n);
  quiet = n;
}
__attribute__((no_sanitize("thread"))) int left_out(int *p) { return *p + p[1]; }
#ifdef __x86_64__
void locks(int *p) { __asm__ volatile("lock; incl %0" : "+m"(*p)); }
int swaps(int *p) {
  int v = 1;
  __asm__ volatile("xchgl %0, %1" : "+r"(v), "+m"(*p));
  return v;
}
void fences(void) { __asm__ volatile("mfence"); }
long waits(int *p) {
  long r;
  __asm__ volatile("xorl %%r10d, %%r10d; movl $202, %%eax; syscall"
                   : "=a"(r)
                   : "D"(p), "S"(0), "d"(1)
                   : "rcx", "r11", "r10", "memory");
  return r;
}
long sleeps(void) {
  long r;
  __asm__ volatile("movl $24, %%eax; syscall" : "=a"(r) : : "rcx", "r11", "memory");
  return r;
}
#endif
void *runs(void *p) {
  writes(p, 2);
  return 0;
}
int main(int argc, char **argv) {
  pthread_t t;
  pthread_create(&t, 0, runs, &boxes[1]);
  writes(&boxes[0], argc);
  pthread_join(t, 0);
  return reads(&global) + calculates(argc) + sums(boxes[0].a, 3) + looks_up(argc) == 0;
}
