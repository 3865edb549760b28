// Stacks of many sizes are passed on, unmapped and mapped again as heap and as libraries' data: what an ended thread's
// variables were is nothing to who gets the memory next. Only a thread-local variable used after its thread's end is
// wrong.
// RUN: %cc -O1 %s -o %t && %clean %t
// RUN: %cc -O1 -DRACY %s -o %t.racy && %racy %t.racy | FileCheck %s
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREADS 500
#define ALIVE 12

static __thread int many[3000], *few;
static int *shown;
static long last_id; // in the kernel, of the last thread
static sem_t room;

static int sum(const int *v, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)
    s += v[i];
  return s;
}

static void *work(void *arg) {
  int on_stack[500];
  const long n = (long)arg;
  memset(on_stack, (int)n, sizeof on_stack);
  for (int i = 0; i < 3000; i++)
    many[i] = i;
  few = &many[n % 3000];
  __atomic_store_n(&shown, few, __ATOMIC_RELEASE);
  if (n == THREADS)
    __atomic_store_n(&last_id, syscall(SYS_gettid), __ATOMIC_RELEASE);
  char *block = malloc(100000), *map = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(block, 1, 100000);
  memset(map, 1, 1 << 20);
  sem_post(&room);
  if (sum(on_stack, 500) + sum(many, 3000) == 1)
    abort();
  free(block);
  munmap(map, 1 << 20);
  return NULL;
}

int main(void) {
  sem_init(&room, 0, ALIVE);
  for (long i = 0; i < THREADS; i++) {
    pthread_attr_t attr;
    pthread_t t;
    sem_wait(&room);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, (size_t)(64 + (i * 7919) % 6000) << 10);
    if (pthread_create(&t, &attr, work, (void *)i))
      abort();
    pthread_attr_destroy(&attr);
  }
  for (int i = 0; i < ALIVE; i++)
    sem_wait(&room);
#ifdef RACY
  pthread_t last;
  pthread_create(&last, NULL, work, (void *)THREADS);
  while (!__atomic_load_n(&last_id, __ATOMIC_RELAXED))
    sched_yield();
  while (!syscall(SYS_tgkill, getpid(), __atomic_load_n(&last_id, __ATOMIC_RELAXED), 0))
    sched_yield(); // orders nothing
  // CHECK: use after free
  // CHECK: Read by main at {{.*}}stacks-reused.c:[[@LINE+2]]
  // CHECK: Earlier release of the memory by thread {{[0-9]+}} in thread exit
  const int value = *__atomic_load_n(&shown, __ATOMIC_RELAXED);
  pthread_join(last, NULL);
  return value == -1;
#endif
}
