// Wait groups, locks, once, conditions, atomics and births: each row is clean, and races when one thing about it is
// changed.
// RUN: for o in "-O0" "-O2 -g"; do %cc $o %s -o %t || exit 1; \
// RUN:   for row in $(%t); do %clean %t $row || { echo "$row is clean"; exit 1; }; \
// RUN:     %racy %t $row racy > %t.out || { echo "$row races"; exit 1; }; \
// RUN:     grep -q "SUMMARY: Redflag: data race .*go-sync.c:[0-9:]* in $row" %t.out || exit 1; done; done
#include <redflag/go.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SOON (2 * GO_MILLISECOND)

static int a;      // what is raced for
static bool races; // set before anything else runs
static go_wg wg;   // of goroutines that the row waits for in the end
static go_mutex m;
static go_rwmutex rw;

static void use(int v) { __asm__ volatile("" : : "r"(v)); }
static void meet(void) { go_sleep(SOON); } // orders nothing

// ---- Wait groups
// ---------------------------------------------------------------------------------------------------
static void wg_done(void) {
  go_wg_add(&wg, 1);
  go {
    a = 1;
    go_wg_done(&wg);
  };
  if (races)
    a++;
  go_wg_wait(&wg);
  if (!races)
    a++;
}

static void wg_all(void) {
  static int result[4];
  for (int i = 0; i < 4; i++) {
    int at = i;
    go_wg_add(&wg, 1);
    go {
      if (!races)
        result[at] = at;
      go_wg_done(&wg);
      if (races)
        result[at] = at;
    };
  }
  go_wg_wait(&wg);
  for (int i = 0; i < 4; i++)
    a += result[i];
}

static void wg_again(void) {
  for (int round = 0; round < 5; round++) {
    go_wg_add(&wg, 2);
    go {
      use(a);
      go_wg_done(&wg);
    };
    go {
      use(a);
      go_wg_done(&wg);
    };
    if (races)
      a++;
    go_wg_wait(&wg);
    if (!races)
      a++;
  }
}

static void wg_other(void) {
  go_wg other = {0};
  go_wg_add(&wg, 1);
  go_wg_add(&other, 1);
  go {
    a = 1;
    go_wg_done(&wg);
  };
  go { go_wg_done(&other); };
  go_wg_wait(races ? &other : &wg);
  a++;
  go_wg_wait(&wg);
}

static void wg_waiters(void) {
  go_wg first = {0};
  go_wg_add(&first, 1);
  for (int i = 0; i < 2; i++) {
    go_wg_add(&wg, 1);
    go {
      if (!races)
        go_wg_wait(&first);
      use(a);
      go_wg_done(&wg);
    };
  }
  a = 1;
  go_wg_done(&first);
  go_wg_wait(&wg);
}

// Waiting says nothing to those that are waited for.
static void wg_back(void) {
  go_wg_add(&wg, 1);
  if (!races)
    a = 1;
  go {
    use(a);
    go_wg_done(&wg);
  };
  if (races)
    a = 1;
  go_wg_wait(&wg);
}

// An addition from zero must come before the wait, even where the wait sees it.
static void wg_late_add(void) {
  go_wg late = {0};
  chan(int) told = go_make(int, 1), hold = go_make(int, 0);
  if (!races)
    go_wg_add(&late, 1);
  go {
    if (races)
      go_wg_add(&late, 1);
    go_send(told, 1);
    go_recv(hold);
    go_wg_done(&late);
  };
  while (!go_len(told))
    meet();
  go {
    meet();
    go_send(hold, 1);
  };
  go_wg_wait(&late);
}

// ---- Mutexes
// -------------------------------------------------------------------------------------------------------
static void mutex(void) {
  for (int i = 0; i < 4; i++) {
    bool locks = !races || i;
    go_wg_add(&wg, 1);
    go {
      if (locks)
        go_lock(&m);
      a++;
      if (locks)
        go_unlock(&m);
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
}

static void mutex_other(void) {
  static go_mutex other;
  go_mutex *second = races ? &other : &m;
  go_wg_add(&wg, 2);
  go {
    go_lock(&m);
    a++;
    go_unlock(&m);
    go_wg_done(&wg);
  };
  go {
    go_lock(second);
    a++;
    go_unlock(second);
    go_wg_done(&wg);
  };
  go_wg_wait(&wg);
}

static void mutex_after(void) {
  for (int i = 0; i < 2; i++) {
    go_wg_add(&wg, 1);
    go {
      go_lock(&m);
      if (!races)
        a++;
      go_unlock(&m);
      if (races)
        a++;
      go_wg_done(&wg);
    };
    meet();
  }
  go_wg_wait(&wg);
}

static void trylock(void) {
  go_wg_add(&wg, 1);
  chan(int) hold = go_make(int, 0);
  go {
    go_lock(&m);
    a = 1;
    go_recv(hold);
    go_unlock(&m);
    go_wg_done(&wg);
  };
  while (go_trylock(&m)) {
    go_unlock(&m);
    meet();
  }
  if (races)
    a++;
  go_send(hold, 1);
  while (!go_trylock(&m))
    meet();
  if (!races)
    a++;
  go_unlock(&m);
  go_wg_wait(&wg);
}

static void contended(void) {
  for (int i = 0; i < 8; i++) {
    bool locks = !races || i != 5;
    go_wg_add(&wg, 1);
    go {
      for (int k = 0; k < 50; k++) {
        if (locks)
          go_lock(&m);
        a++;
        go_yield();
        if (locks)
          go_unlock(&m);
      }
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
}

// ---- Reader-writer mutexes
// -----------------------------------------------------------------------------------------
static void rw_write(void) {
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go {
      (races ? go_rlock : go_wlock)(&rw);
      a++;
      (races ? go_runlock : go_wunlock)(&rw);
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
}

static void rw_read(void) {
  for (int i = 0; i < 4; i++) {
    bool locks = !races || i != 2;
    go_wg_add(&wg, 1);
    go {
      if (locks)
        go_rlock(&rw);
      use(a);
      if (locks)
        go_runlock(&rw);
      go_wg_done(&wg);
    };
  }
  go_wlock(&rw);
  a++;
  go_wunlock(&rw);
  go_wg_wait(&wg);
}

// Readers say nothing to each other.
static void rw_readers(void) {
  static bool told;
  go_wg_add(&wg, 1);
  go {
    if (races)
      a = 1;
    (races ? go_rlock : go_wlock)(&rw);
    if (!races) {
      a = 1;
      told = true;
    }
    (races ? go_runlock : go_wunlock)(&rw);
    go_wg_done(&wg);
  };
  for (bool seen = false; !seen;) {
    meet();
    go_rlock(&rw);
    seen = races || told;
    go_runlock(&rw);
  }
  a++;
  go_wg_wait(&wg);
}

static void rw_try(void) {
  chan(int) hold = go_make(int, 0);
  go_wg_add(&wg, 1);
  go {
    go_wlock(&rw);
    a = 1;
    go_recv(hold);
    go_wunlock(&rw);
    go_wg_done(&wg);
  };
  while (go_tryrlock(&rw)) {
    go_runlock(&rw);
    meet();
  }
  if (races)
    a++;
  go_send(hold, 1);
  while (!go_tryrlock(&rw))
    meet();
  if (!races)
    use(a);
  go_runlock(&rw);
  go_wg_wait(&wg);
}

static void rw_trywrite(void) {
  chan(int) hold = go_make(int, 0);
  go_wg_add(&wg, 1);
  go {
    go_rlock(&rw);
    use(a);
    go_recv(hold);
    go_runlock(&rw);
    go_wg_done(&wg);
  };
  while (go_trywlock(&rw)) {
    go_wunlock(&rw);
    meet();
  }
  if (races)
    a++;
  go_send(hold, 1);
  while (!go_trywlock(&rw))
    meet();
  if (!races)
    a++;
  go_wunlock(&rw);
  go_wg_wait(&wg);
}

// ---- Once
// ----------------------------------------------------------------------------------------------------------
static void once_body_set(void *p) { *(int *)p = 1; }

static void once_body(void) {
  static go_once once, other;
  static int b;
  for (int i = 0; i < 3; i++) {
    go_once *mine = races && i == 1 ? &other : &once;
    int *what = mine == &other ? &b : &a;
    go_wg_add(&wg, 1);
    go {
      go_once_do(mine, once_body_set, what);
      use(a);
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
}

static void once_caller_set(void *p) { *(int *)p = 1; }

static void once_caller(void) {
  static go_once once;
  static int b;
  go_wg_add(&wg, 1);
  go {
    if (!races)
      go_once_do(&once, once_caller_set, &a);
    go_once_do(&once, once_caller_set, &b);
    if (races)
      a = 1;
    go_wg_done(&wg);
  };
  meet();
  go_once_do(&once, once_caller_set, &a);
  use(a);
  go_wg_wait(&wg);
}

// ---- Conditions
// ----------------------------------------------------------------------------------------------------
static void cond_signal(void) {
  static bool ready;
  go_cond cond = {0};
  go_wg_add(&wg, 1);
  go {
    if (!races)
      a = 1;
    go_lock(&m);
    ready = true;
    go_cond_signal(&cond);
    go_unlock(&m);
    if (races)
      a = 1;
    go_wg_done(&wg);
  };
  go_lock(&m);
  while (!ready)
    go_cond_wait(&cond, &m);
  go_unlock(&m);
  a++;
  go_wg_wait(&wg);
}

// Without the mutex: the signal itself comes before the return of the wait that it ends.
static void cond_alone(void) {
  go_cond cond = {0};
  int stop = 0;
  go_wg_add(&wg, 2);
  go {
    if (races)
      a = 1;
    go_wg_done(&wg);
  };
  go {
    if (!races)
      a = 1;
    while (!go_load(&stop)) {
      go_cond_signal(&cond);
      meet();
    }
    go_wg_done(&wg);
  };
  go_lock(&m);
  go_cond_wait(&cond, &m);
  go_unlock(&m);
  a++;
  go_store(&stop, 1);
  go_wg_wait(&wg);
}

static void cond_broadcast(void) {
  static bool ready;
  go_cond cond = {0};
  for (int i = 0; i < 3; i++) {
    bool waits = !races || i;
    go_wg_add(&wg, 1);
    go {
      go_lock(&m);
      while (waits && !ready)
        go_cond_wait(&cond, &m);
      go_unlock(&m);
      use(a);
      go_wg_done(&wg);
    };
  }
  meet();
  go_lock(&m);
  if (!races)
    a = 1;
  ready = true;
  go_cond_broadcast(&cond);
  go_unlock(&m);
  if (races)
    a = 1;
  go_wg_wait(&wg);
}

// ---- Atomics
// -------------------------------------------------------------------------------------------------------
static int flag;

static void atomic_store(void) {
  go_wg_add(&wg, 1);
  go {
    a = 1;
    go_store(&flag, 1);
    go_wg_done(&wg);
  };
  while (!go_load(races ? &(int){1} : &flag))
    meet();
  a++;
  go_wg_wait(&wg);
}

static void atomic_add(void) {
  go_wg_add(&wg, 1);
  go {
    a = 1;
    go_add(&flag, 1);
    go_wg_done(&wg);
  };
  while (!go_load(races ? &(int){1} : &flag))
    meet();
  a++;
  go_wg_wait(&wg);
}

static void atomic_swap(void) {
  go_wg_add(&wg, 1);
  go {
    a = 1;
    go_swap(&flag, 1);
    go_wg_done(&wg);
  };
  while (!go_swap(races ? &(int){1} : &flag, 0))
    meet();
  a++;
  go_wg_wait(&wg);
}

static void atomic_cas(void) {
  go_wg_add(&wg, 1);
  go {
    a = 1;
    go_cas(&flag, 0, 1);
    go_wg_done(&wg);
  };
  while (!go_cas(races ? &(int){1} : &flag, 1, 2))
    meet();
  a++;
  go_wg_wait(&wg);
}

static void atomic_plain(void) {
  go_wg_add(&wg, 1);
  go {
    go_add(&a, 1);
    go_wg_done(&wg);
  };
  if (races)
    a++;
  else
    go_add(&a, 1);
  go_wg_wait(&wg);
}

// ---- Births and ends
// -----------------------------------------------------------------------------------------------
static void add_to(int *to, int by) {
  *to += by;
  go_wg_done(&wg);
}

static void birth(void) {
  go_wg_add(&wg, 1);
  if (!races)
    a = 1;
  go {
    a++;
    go_wg_done(&wg);
  };
  if (races)
    a = 1;
  go_wg_wait(&wg);
}

// Arguments are evaluated at the statement.
static void arguments(void) {
  static int sum;
  int by = 1, *shared = &by;
  go_wg_add(&wg, 2);
  go add_to(&sum, by);
  go {
    if (races)
      ++*shared;
    go_wg_done(&wg);
  };
  by++;
  go_wg_wait(&wg);
}

static void copy_use(void *p) {
  use(*(int *)p);
  go_wg_done(&wg);
}

static void copy(void) {
  go_wg_add(&wg, 1);
  if (races)
    go_func(copy_use, &a);
  else
    go_copy(copy_use, &a, sizeof a);
  a++;
  go_wg_wait(&wg);
}

static void end(void) {
  go_wg_add(&wg, 1);
  go {
    a = 1;
    go_wg_done(&wg);
  };
  while (go_num() > 1)
    meet();
  if (!races)
    go_wg_wait(&wg);
  a++;
}

static void siblings(void) {
  go_wg_add(&wg, 2);
  go {
    a = 1;
    if (!races)
      go {
        a++;
        go_wg_done(&wg);
      };
    go_wg_done(&wg);
  };
  if (races)
    go {
      a++;
      go_wg_done(&wg);
    };
  go_wg_wait(&wg);
}

static void yields(void) {
  go_wg_add(&wg, 1);
  go {
    a = 1;
    go_wg_done(&wg);
  };
  for (int i = 0; i < 100; i++)
    go_yield();
  if (!races)
    go_wg_wait(&wg);
  a++;
  go_wg_wait(&wg);
}

// ---- Beside pthreads
// -----------------------------------------------------------------------------------------------
static void *send_from_thread(void *p) {
  a = 1;
  go_send((chan(int))p, 1);
  return NULL;
}

static void thread_sends(void) {
  chan(int) c = go_make(int, 1);
  pthread_t thread;
  pthread_create(&thread, NULL, send_from_thread, c);
  if (races)
    meet();
  else
    go_recv(c);
  a++;
  pthread_join(thread, NULL);
}

static pthread_mutex_t pm = PTHREAD_MUTEX_INITIALIZER;

static void *lock_in_thread(void *p) {
  pthread_mutex_lock(&pm);
  a++;
  pthread_mutex_unlock(&pm);
  return p;
}

// Goroutines may use what pthreads have.
static void thread_locks(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, lock_in_thread, NULL);
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go {
      if (!races)
        pthread_mutex_lock(&pm);
      a++;
      if (!races)
        pthread_mutex_unlock(&pm);
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
  pthread_join(thread, NULL);
}

static void *thread_starts_birth(void *p) {
  go_wg_add(&wg, 1);
  if (!races)
    a = 1;
  go {
    a++;
    go_wg_done(&wg);
  };
  if (races)
    a = 1;
  return p;
}

static void thread_starts(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, thread_starts_birth, NULL);
  pthread_join(thread, NULL);
  go_wg_wait(&wg);
}

// ---- Rows
// ----------------------------------------------------------------------------------------------------------
#define ROWS(X)                                                                                                \
  X(wg_done)                                                                                                   \
  X(wg_all)                                                                                                    \
  X(wg_again) X(wg_other) X(wg_waiters) X(wg_back) X(wg_late_add) X(mutex) X(mutex_other) X(mutex_after)       \
      X(trylock) X(contended) X(rw_write) X(rw_read) X(rw_readers) X(rw_try) X(rw_trywrite) X(once_body)       \
          X(once_caller) X(cond_signal) X(cond_alone) X(cond_broadcast) X(atomic_store) X(atomic_add)          \
              X(atomic_swap) X(atomic_cas) X(atomic_plain) X(birth) X(arguments) X(copy) X(end) X(siblings)    \
                  X(yields) X(thread_sends) X(thread_locks) X(thread_starts)

int main(int argc, char **argv) {
  races = argc > 2;
#define ROW(name)                                                                                              \
  if (argc == 1)                                                                                               \
    puts(#name);                                                                                               \
  else if (!strcmp(argv[1], #name))                                                                            \
    name();
  ROWS(ROW)
  while (go_num() > 1) // what has not run cannot race
    go_sleep(SOON);
}
