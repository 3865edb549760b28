#include <pthread.h>
#include <redflag/go.h>

static void *run(void *p) { return p; }
static void work(int *n) { ++*n; }
static void value(int n) { (void)n; }

int threads(pthread_t *t, int error) {
  for (int i = 0; i < 4; i++)
    error |= pthread_create(&t[i], NULL, run, &i); // Warn
  int ids[4];
  for (int i = 0; i < 4; i++)
    error |= pthread_create(&t[i], NULL, run, &ids[i]); // OK: each its own
  for (int i = 0; i < 4; i++) {
    error |= pthread_create(&t[i], NULL, run, &i); // OK: waited for in the round
    pthread_join(t[i], NULL);
  }
  for (int i = 0; i < 4; i++)
    pthread_join(t[i], NULL);
  return error;
}

void goroutines(void) {
  go_wg wg = {0};
  int n = 0;
  while (n++ < 4)
    go work(&n); // Warn
  for (int i = 0; i < 4; i++)
    go value(i); // OK: its value
  for (int i = 0; i < 4; i++) {
    go {
      value(i); // Warn
      go_wg_done(&wg);
    };
  }
  for (int i = 0; i < 4; i++) {
    int mine = i;
    go {
      value(mine); // OK: new in each round
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
}
