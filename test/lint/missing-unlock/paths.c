#include <pthread.h>
#include <redflag/go.h>
#include <stdlib.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, handed = PTHREAD_MUTEX_INITIALIZER;
static go_rwmutex table;
int get(int);

int early(int a) {
  pthread_mutex_lock(&m);
  if (get(a) < 0)
    return -1; // Warn
  pthread_mutex_unlock(&m);
  return 0;
}

int jumps(int a) {
  go_rlock(&table);
  if (get(a) < 0)
    goto out; // Warn
  go_runlock(&table);
out:
  return a;
}

int breaks(int n) {
  for (int i = 0; i < n; i++) {
    pthread_mutex_lock(&m);
    if (get(i))
      break; // Warn
    pthread_mutex_unlock(&m);
  }
  return n;
}

int one_end(int a) {
  pthread_mutex_lock(&m);
  if (get(a) < 0)
    goto out; // OK
  get(2);
out:
  pthread_mutex_unlock(&m);
  return a;
}

int correlated(int shared, int a) {
  if (shared)
    pthread_mutex_lock(&m);
  if (get(a) < 0 && !shared)
    return 1; // OK: not for certain
  if (shared)
    pthread_mutex_unlock(&m);
  return 0;
}

int tried(int a) {
  if (pthread_mutex_trylock(&m) != 0)
    return -1; // OK: not locked
  int v = get(a);
  pthread_mutex_unlock(&m);
  return v;
}

int tried_early(int a) {
  int error = pthread_mutex_trylock(&m);
  if (error)
    return error; // OK
  if (get(a))
    return -1; // Warn
  pthread_mutex_unlock(&m);
  return 0;
}

int ends(int a) {
  pthread_mutex_lock(&m);
  if (get(a) < 0)
    abort(); // OK: it ends here
  pthread_mutex_unlock(&m);
  return 0;
}

int find_and_hold(int a) {
  pthread_mutex_lock(&handed);
  if (get(a))
    return 1; // OK: give_back releases it
  pthread_mutex_unlock(&handed);
  return 0;
}
void give_back(void) { pthread_mutex_unlock(&handed); }

int lock_table(int a) {
  pthread_mutex_lock(&m);
  if (get(a))
    return 1; // OK: its name says so
  pthread_mutex_unlock(&m);
  return 0;
}

int checked(int a) {
  int error;
  if ((error = pthread_mutex_lock(&m)) || (error = get(a)) < -1)
    return error; // OK: not for certain
  if (pthread_mutex_lock(&m) != 0)
    return -1; // OK: not locked
  pthread_mutex_unlock(&m);
  return 0;
}

void by_order(int pause) {
  switch (pause) {
  case 1:
    go_wlock(&table);
    break; // OK: the other order unlocks
  default:
    go_wunlock(&table);
  }
}
