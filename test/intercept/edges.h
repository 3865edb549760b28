// Cases of order: see edges.txt.
#include "harness.h"

enum mode { CLEAN, LATE, WITHOUT };
enum { MEETS = 1, CALLBACK = 2, JOINS = 4 };

struct kase {
  const char *name;
  void (*init)(), (*first)(), (*second)();
  int flags;
};
static const kase *now;
static enum mode how;
static int shared, arrived, ready, armed;
static pthread_t first_id, second_id;
static int second_tid; // handed over out of sight
#define UNSEEN __attribute__((no_sanitize("thread"), noinline))
UNSEEN static void tid_set() { second_tid = gettid(); }
UNSEEN static int tid_get() { return second_tid; }

__attribute__((noinline)) static void use() { ++shared; }
static void use_in_destructor() { use(); }

// Called back: stands for the second thread's half.
static void arrive() {
  if (how == LATE)
    hidden_wait(&turn, 1);
  use();
  hidden_add(&arrived);
}
static void handler(int) { arrive(); }

static void *first_main(void *p) {
  if (now->flags & CALLBACK)
    hidden_wait(&ready, 1);
  if (how != LATE)
    use();
  if (how != WITHOUT)
    now->first();
  if (how == LATE)
    use();
  hidden_add(&turn);
  return p;
}

static void *second_main(void *p) {
  tid_set();
  for (int n : {SIGUSR1, SIGALRM})
    pthread_sigmask(now->flags & CALLBACK ? SIG_UNBLOCK : SIG_BLOCK, signals(n), NULL);
  hidden_add(&ready);
  if (how == WITHOUT) {
    hidden_wait(&turn, 1);
    use();
    return p;
  }
  if (now->flags & CALLBACK) {
    now->second();
    hidden_wait(&arrived, 1);
    return p;
  }
  if (!(now->flags & MEETS))
    hidden_wait(&turn, 1);
  now->second();
  hidden_wait(&turn, 1);
  use();
  return p;
}

static int run(const kase *cases, int count, char **argv) {
  now = &cases[atoi(argv[1])];
  how = argv[2][0] == 'c' ? CLEAN : argv[2][0] == 'l' ? LATE : WITHOUT;
  block_signals();
  now->init();
  pthread_create(&first_id, NULL, first_main, NULL);
  pthread_create(&second_id, NULL, second_main, NULL);
  pthread_join(second_id, NULL);
  if (!(now->flags & JOINS) || how == WITHOUT)
    pthread_join(first_id, NULL);
  return 0;
}
