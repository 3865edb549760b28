// Puts threads in an order that the detector cannot see: the counter is touched by inline assembly only.
#ifndef MEET_H
#define MEET_H

static inline void hidden_add(int *counter) { __asm__ volatile("lock incl %0" : "+m"(*counter) : : "memory"); }

static inline int hidden_load(const int *counter) {
  int v;
  __asm__ volatile("movl %1, %0" : "=r"(v) : "m"(*counter) : "memory");
  return v;
}

// Waits until the counter has reached n.
static inline void hidden_wait(const int *counter, int n) {
  while (hidden_load(counter) < n)
    __asm__ volatile("pause");
}

static inline void hidden_meet(int *counter, int n) {
  hidden_add(counter);
  hidden_wait(counter, n);
}

#endif
