// Another thread has the address of something on a stack: its owner changes it, or leaves the function and uses the
// same stack for something else.
// list: lost
// kind: race
// row: element of a local array | -DOBJECT='int a[100]' -DPLACE='&a[50]'
// row: last element of a local array | -DOBJECT='int a[100]' -DPLACE='&a[99]'
// row: field of a local struct | -DOBJECT='struct{int x,y[30],z;}s' -DPLACE='&s.z'
// row: element of a variable-length array | -DOBJECT='int a[n]' -DPLACE='&a[n-1]'
// row: alloca | -DOBJECT='int*a=__builtin_alloca(n*4)' -DPLACE='&a[n/2]'
// row: local variable | -DOBJECT='int a' -DPLACE='&a'
// row: thread-local variable of another thread | -DOBJECT='static __thread int a[100]' -DPLACE='&a[50]'
#include "row.h"

static int *address;
static sem_t ready;
static volatile int n = 100;

__attribute__((noinline)) static void fill(int *room) {
  for (int i = 0; i < 200; i++)
    room[i] = i;
}
__attribute__((noinline)) static void reuse(void) {
  int room[200];
  fill(room);
  __asm__ volatile("" : : "r"(room) : "memory");
}

__attribute__((noinline)) static void owner_uses(int *place) { *place = 1; }

__attribute__((noinline)) static void owner(void) {
  OBJECT;
  owner_uses(PLACE);
  address = PLACE;
  sem_post(&ready);
#ifndef GONE
  take_over();
  owner_uses(PLACE);
#elif !defined(RACY)
  take_over();
#endif
}

static void *owner_thread(void *arg) {
  owner();
#ifdef GONE
  reuse();
#ifdef RACY
  step();
#endif
#endif
  return arg;
}

static void *user(void *arg) {
  sem_wait(&ready);
#if defined(RACY) && defined(GONE)
  await_step(1);
#endif
  (*address)++;
  hand_over();
  return arg;
}

int main(void) {
  sem_init(&ready, 0, 0);
  run_two(owner_thread, user, NULL);
}
