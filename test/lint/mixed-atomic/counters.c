#include <pthread.h>
#include <redflag/go.h>

static int hits, locked, quiet;
static pthread_mutex_t m;
struct cache {
  long uses;
};

void count(struct cache *c) {
  go_add(&hits, 1);
  go_add(&locked, 1);
  go_add(&quiet, 1);
  go_add(&c->uses, 1);
}

int look(struct cache *c) {
  if (hits > 3) // Warn
    return 1;
  if (go_load(&hits) > 3) // OK
    return 2;
  return c->uses > 1; // Warn
}

void under_lock(void) {
  pthread_mutex_lock(&m);
  locked++; // OK: something else may order it
  pthread_mutex_unlock(&m);
}

void init_cache(struct cache *c) { c->uses = 0; } // OK: nobody knows it yet

int after(pthread_t t) {
  pthread_join(t, NULL);
  return quiet; // OK: the threads have ended
}

static int state;
int claim(void) {
  if (__atomic_load_n(&state, __ATOMIC_ACQUIRE) & 1)
    return 0;
  state |= 2; // OK: it has looked, and may know that it is alone
  return 1;
}
