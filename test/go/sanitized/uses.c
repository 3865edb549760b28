// Goroutines in a program that is built with ThreadSanitizer, not with the detector: it knows the order that the library
// makes, and with -DRACY it sees what nothing orders, though both ran on one pthread.
#include <redflag/go.h>

#include <stdlib.h>

static int guarded, handed, before;
static go_mutex lock;
static go_wg wg;

static void adds(void *p) {
#ifndef RACY
  go_lock(&lock);
#endif
  guarded++;
#ifndef RACY
  go_unlock(&lock);
#endif
  if (before != 1)
    abort();
  go_wg_done(&wg);
}

static void hands(void *p) {
  int here[100] = {0}; // on a stack that others had before
  for (int i = 0; i < 100; i++)
    here[i]++;
  handed = here[7];
  go_send((chan(int))p, 1);
}

static void panics(void *p) {
  char *block = malloc(100);
  go_wg_done(&wg);
  free(block);
  go_panic("as it should");
}

static void catches(void *p) { go_try(panics, p); }

int main(void) {
  chan(int) c = go_make(int, 0);
  before = 1;
  for (int round = 0; round < 50; round++) {
    go_wg_add(&wg, 20);
    for (int i = 0; i < 10; i++) {
      go_func(adds, NULL);
      go_func(catches, NULL);
    }
    go_wg_wait(&wg);
    guarded++;
    go_func(hands, c);
    if (go_recv(c) != 1 || handed != 1)
      abort();
  }
  go_free(c);
  return 0;
}
