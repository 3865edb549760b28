#include <pthread.h>
#include <redflag/go.h>
#include <string.h>

struct queue {
  pthread_mutex_t lock;
  int n;
};
struct outer {
  struct queue queues[2];
};

static int by_value(struct queue q) { return q.n; } // Warn
static int by_address(struct queue *q) { return q->n; } // OK
static void done(go_wg wg) { go_wg_done(&wg); }         // Warn

int copies(struct queue *a, struct queue *b, struct outer *o) {
  struct queue first = *a; // Warn
  *b = *a;                 // Warn
  struct outer all = *o;   // Warn
  memcpy(b, a, sizeof *b); // Warn
  pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER; // OK
  a->lock = own;                                   // Warn
  return first.n + all.queues[0].n;
}

static const struct queue empty = {PTHREAD_MUTEX_INITIALIZER, 0};

int fresh(struct queue *a, char *bytes) {
  *a = (struct queue){PTHREAD_MUTEX_INITIALIZER, 0}; // OK: made anew
  *a = empty;                                        // OK: a constant that nobody locks
  struct queue *same = a;                            // OK
  memcpy(bytes, a, sizeof *a);                       // OK: bytes
  return by_value(*same) + by_address(a);
}

void call(go_wg *wg) { done(*wg); }

int renewed(struct queue *a, struct queue *b) {
  memcpy(b, a, sizeof *b); // OK: the copy gets a lock of its own
  return pthread_mutex_init(&b->lock, NULL);
}
