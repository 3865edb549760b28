// Objects that clang -fsanitize=thread built: accesses, stacks of both sides with functions and lines, names of
// memory, memory functions, atomics, library calls; the symbolizer in all its forms, and none.
// RUN: clang-19 -g -O1 -Wno-atomic-alignment -fsanitize=thread -c %s -mcx16 -o %t.o && %cc %t.o -o %t
// RUN: %racy %t plain | FileCheck %s --check-prefix=PLAIN
// RUN: %racy %t copy | FileCheck %s --check-prefix=COPY
// RUN: %racy %t mixed | FileCheck %s --check-prefix=MIXED
// RUN: %racy %t freed | FileCheck %s --check-prefix=FREED
// RUN: %racy %t relaxed
// RUN: %racy %t odd
// RUN: %racy %t string
// RUN: %clean -n 5 %t locked && %clean -n 5 %t atomic && %clean -n 5 %t published && %clean %t fence && %clean %t bytes
// RUN: env REDFLAG_OPTIONS=verbosity=1 %t locked 2>&1 | FileCheck %s --check-prefix=FOOTER
// One report for a pair of lines, however often; and suppressions match what the symbolizer found.
// RUN: %racy %t plain | grep -c WARNING | grep -x 1
// RUN: echo race:touch > %t.supp && env REDFLAG_OPTIONS=suppressions=%t.supp:print_suppressions=0 %clean %t plain
// RUN: echo 'race:foreign.c$' > %t.supp && env REDFLAG_OPTIONS=suppressions=%t.supp:print_suppressions=0 %clean %t plain
// Other findings name functions and lines too, and are told once.
// RUN: %racy %t misuse | FileCheck %s --check-prefix=MISUSE
// RUN: %racy %t misuse | grep -c WARNING | grep -x 1
// Without a symbolizer, with one that fails, with one that is not there.
// RUN: env REDFLAG_OPTIONS=external_symbolizer_path= %racy %t plain | FileCheck %s --check-prefix=NONE
// RUN: env REDFLAG_OPTIONS=external_symbolizer_path=/bin/false %racy %t plain | FileCheck %s --check-prefix=NONE
// RUN: env REDFLAG_OPTIONS=external_symbolizer_path=/nonexistent/tool %racy %t plain | FileCheck %s --check-prefix=NONE
// RUN: not env PATH=/nonexistent %t plain 2>&1 | FileCheck %s --check-prefix=NONE
// The wrapper itself takes -fsanitize=thread for what it does anyway.
// RUN: %cc -g -O1 -fsanitize=thread %s -o %t.own && %racy %t.own plain | FileCheck %s --check-prefix=OWN
// RUN: %cc -g -O1 -Wno-atomic-alignment -mcx16 -fno-sanitize=thread %s -o %t.own && %t.own plain
#include "Inputs/meet.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

long variable;
static long other[8];
static char bytes[16];
static int turn, length;
static char *block;
static _Atomic int flag;
static atomic_long counter;
static _Atomic unsigned char small;
static unsigned __int128 wide __attribute__((aligned(16)));
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *what;
static int is(const char *name) { return strcmp(what, name) == 0; }

__attribute__((noinline)) static void touch(long *p) {
  *p = 1; // PLAIN-LINE
}

__attribute__((noinline)) static void outer(long *p) {
  touch(p);
  hidden_add(&turn);
}

// PLAIN: data race on variable `variable` (8 bytes, global)
// PLAIN-NEXT: Write by main at {{.*}}foreign.c:[[# @LINE - 9]]:{{[0-9]+}} in touch
// PLAIN: #0 touch {{.*}}foreign.c:[[# @LINE - 10]]
// PLAIN-NEXT: #1 outer {{.*}}foreign.c:[[# @LINE - 7]]
// PLAIN-NEXT: #2 main {{.*}}foreign.c:[[#]]
// PLAIN: Earlier write by thread 2 `run` at {{.*}}foreign.c
// PLAIN: #0 touch {{.*}}foreign.c
// PLAIN-NEXT: #1 outer {{.*}}foreign.c
// PLAIN-NEXT: #2 run {{.*}}foreign.c
// PLAIN: Thread 2 `run` started by main at {{.*}}foreign.c:[[#]]
// PLAIN-NEXT: #0 main {{.*}}foreign.c:[[#]]
// PLAIN: suppress with: race:touch
// NONE: data race on variable `variable`
// NONE: #0 touch (foreign.c.tmp+0x{{[0-9a-f]+}})
// NONE-NEXT: #1 outer (foreign.c.tmp+0x
// NONE-NEXT: #2 main (foreign.c.tmp+0x
// NONE: #2 run (foreign.c.tmp+0x
// OWN: Write by main at {{.*}}foreign.c:[[# @LINE - 25]]:{{[0-9]+}} in touch
// COPY: #0 {{(memcpy|main)}} {{.*}}foreign.c
// MIXED: Atomic write by main at {{.*}}foreign.c:[[#]]:{{[0-9]+}} in main
// FREED: Release of the memory by main at {{.*}}foreign.c:[[#]]:{{[0-9]+}} in free
// FREED: Block allocated by main
// FREED-NEXT: #0 malloc
// FREED-NEXT: #1 main {{.*}}foreign.c:[[#]]
// MISUSE: unlock of a lock that is not held
// MISUSE: Unlocked mutex `lock` by main at {{.*}}foreign.c:[[#]]:{{[0-9]+}} in {{pthread_mutex_unlock|misuse}}
// MISUSE: misuse {{.*}}foreign.c:[[#]]
// FOOTER-NOT: not checked
// FOOTER: MiB of records
// FOOTER-NOT: not checked

__attribute__((noinline)) static void misuse(void) {
  for (volatile int i = 0; i < 3; i = i + 1)
    pthread_mutex_unlock(&lock);
}

static void work(int first) {
  if (is("plain")) {
    first ? touch(&variable) : outer(&variable);
  } else if (is("copy")) {
    memcpy(bytes, other, (size_t)length);
  } else if (is("mixed")) {
    first ? (void)atomic_fetch_add(&counter, 1) : (void)(*(long *)&counter = 4);
  } else if (is("odd")) {
    struct __attribute__((packed)) { char pad[5]; long value; } *p = (void *)other;
    first ? (void)(bytes[0] = (char)p->value) : (void)(p->value = 4); // not aligned
  } else if (is("string")) {
    first ? (void)(variable = (long)strlen(bytes)) : (void)(bytes[0] = 1);
  } else if (is("locked")) {
    pthread_mutex_lock(&lock);
    touch(&variable);
    pthread_mutex_unlock(&lock);
  } else if (is("atomic")) {
    for (int i = 0; i < 1000; i++) {
      atomic_fetch_add(&counter, 1);
      small++;
      long old = atomic_load(&counter);
      while (!atomic_compare_exchange_weak(&counter, &old, old - 1))
        ;
    }
    unsigned __int128 seen = __atomic_load_n(&wide, __ATOMIC_SEQ_CST);
    while (!__atomic_compare_exchange_n(&wide, &seen, seen + 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
      ;
  } else if (is("published")) {
    if (first) {
      while (!atomic_load_explicit(&flag, memory_order_acquire))
        ;
      variable++;
    } else {
      variable = 4;
      atomic_store_explicit(&flag, 1, memory_order_release);
    }
  } else if (is("relaxed")) {
    if (first) {
      while (!atomic_load_explicit(&flag, memory_order_relaxed))
        ;
      variable++;
    } else {
      variable = 4;
      atomic_store_explicit(&flag, 1, memory_order_relaxed);
    }
  } else if (is("fence")) {
    if (first) {
      while (!atomic_load_explicit(&flag, memory_order_relaxed))
        ;
      atomic_thread_fence(memory_order_acquire);
      variable++;
    } else {
      variable = 4;
      atomic_thread_fence(memory_order_release);
      atomic_store_explicit(&flag, 1, memory_order_relaxed);
    }
  } else if (is("bytes")) { // neighbours in a granule
    bytes[first] = 1;
    memset(bytes + 4 + 2 * first, 1, 2);
  }
}

static void *run(void *arg) {
  if (is("freed"))
    block[100] = 1;
  else if (is("plain"))
    outer(&variable);
  else
    work(0);
  if (!is("plain"))
    hidden_add(&turn);
  return arg;
}

int main(int argc, char **argv) {
  pthread_t t;
  what = argc > 1 ? argv[1] : "";
  length = argc * 8;
  block = malloc(200);
  if (is("misuse")) {
    misuse();
    return 0;
  }
  pthread_create(&t, NULL, run, NULL);
  if (!is("published") && !is("relaxed") && !is("fence"))
    hidden_wait(&turn, 1);
  if (is("freed"))
    free(block);
  else if (is("plain"))
    outer(&variable);
  else if (is("mixed"))
    atomic_fetch_add(&counter, 1);
  else
    work(1);
  pthread_join(t, NULL);
  if (is("atomic") && (counter != 0 || (int)wide != 2))
    return 3;
  return 0;
}
