#include <pthread.h>
#include <stdatomic.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int ready, other;
static atomic_int safe;
struct table {
  pthread_mutex_t lock;
  int *rows;
};
int *load(void);

void init(void) {
  if (!ready) { // Warn
    pthread_mutex_lock(&m);
    if (!ready) {
      load();
      ready = 1;
    }
    pthread_mutex_unlock(&m);
  }
}

int *rows(struct table *t) {
  if (t->rows) // Warn
    return t->rows;
  pthread_mutex_lock(&t->lock);
  if (!t->rows)
    t->rows = load();
  pthread_mutex_unlock(&t->lock);
  return t->rows;
}

void atomic(void) {
  if (!safe) { // OK
    pthread_mutex_lock(&m);
    if (!safe)
      safe = 1;
    pthread_mutex_unlock(&m);
  }
}

void inside(void) {
  pthread_mutex_lock(&m);
  if (!ready) { // OK: under the lock
    ready = 1;
    if (!other)
      other = 1;
  }
  pthread_mutex_unlock(&m);
}

void builtin(void) {
  if (!__atomic_load_n(&other, __ATOMIC_ACQUIRE)) { // OK
    pthread_mutex_lock(&m);
    if (!other)
      __atomic_store_n(&other, 1, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&m);
  }
}
