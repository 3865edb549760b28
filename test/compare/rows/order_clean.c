// Locks taken in both orders where no deadlock can come of it.
// list: other
// kind: clean-only
// row: both orders under a gate lock | -DGATE
// row: both orders in one thread only | -DONE
// row: both orders by readers of rwlocks | -DREADERS
// row: both orders, ordered by a join | -DJOINED
// row: both orders, the second lock tried only | -DTRY
// row: the last lock of a hierarchy of 100, in order | -DHIERARCHY
#include "row.h"

enum { N = 100 };
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
__attribute__((unused)) static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER, many[N];
__attribute__((unused)) static pthread_rwlock_t p = PTHREAD_RWLOCK_INITIALIZER, q = PTHREAD_RWLOCK_INITIALIZER;

static void both(int turned) {
#ifdef READERS
  pthread_rwlock_rdlock(turned ? &q : &p);
  pthread_rwlock_rdlock(turned ? &p : &q);
  pthread_rwlock_unlock(&p);
  pthread_rwlock_unlock(&q);
#elif defined(HIERARCHY)
  for (int i = turned ? 50 : 0; i < N; i++)
    pthread_mutex_lock(&many[i]);
  for (int i = turned ? 50 : 0; i < N; i++)
    pthread_mutex_unlock(&many[i]);
#else
#ifdef GATE
  pthread_mutex_lock(&gate);
#endif
  pthread_mutex_t *first = turned ? &b : &a, *second = turned ? &a : &b;
  pthread_mutex_lock(first);
#ifdef TRY
  if (pthread_mutex_trylock(second) == 0)
    pthread_mutex_unlock(second);
#else
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
#endif
  pthread_mutex_unlock(first);
#ifdef GATE
  pthread_mutex_unlock(&gate);
#endif
#endif
}

static void *straight(void *arg) { return both(0), arg; }
static void *turned(void *arg) { return both(1), arg; }
static void *idle(void *arg) { return await_step(1), arg; }

int main(void) {
  pthread_t t, other;
#ifdef HIERARCHY
  for (int i = 0; i < N; i++)
    pthread_mutex_init(&many[i], NULL);
#endif
#ifdef JOINED
  pthread_create(&t, NULL, straight, NULL);
  pthread_join(t, NULL);
  pthread_create(&t, NULL, turned, NULL);
  pthread_join(t, NULL);
  (void)other, (void)idle;
#elif defined(ONE)
  pthread_create(&other, NULL, idle, NULL);
  both(0);
  both(1);
  step();
  pthread_join(other, NULL);
  (void)turned, (void)straight, (void)t;
#else
  pthread_create(&other, NULL, idle, NULL);
  pthread_create(&t, NULL, straight, NULL);
  pthread_join(t, NULL);
  pthread_create(&t, NULL, turned, NULL);
  pthread_join(t, NULL);
  step();
  pthread_join(other, NULL);
#endif
}
