#include <pthread.h>
#include <redflag/go.h>

struct node {
  pthread_mutex_t lock;
  struct node *next;
};
static go_mutex m;
int get(int);

void again(int a) {
  go_lock(&m);
  if (get(a))
    go_lock(&m); // Warn
  go_unlock(&m);
}

void between(int a) {
  go_lock(&m);
  get(a);
  go_unlock(&m);
  go_lock(&m); // OK
  go_unlock(&m);
}

void chain(struct node *n) {
  pthread_mutex_lock(&n->lock);
  n = n->next;
  pthread_mutex_lock(&n->lock); // OK: another one
}

void loop(int n) {
  while (n--) {
    go_lock(&m); // OK
    get(n);
    go_unlock(&m);
  }
}

void readers(pthread_rwlock_t *r) {
  pthread_rwlock_rdlock(r);
  pthread_rwlock_rdlock(r); // OK: readers may
}
