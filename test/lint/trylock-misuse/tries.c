#include <pthread.h>
#include <redflag/go.h>

static pthread_mutex_t m;
static go_mutex g;
int get(int);

void ignored(int a) {
  pthread_mutex_trylock(&m); // Warn
  get(a);
  go_trylock(&g); // Warn
}

void on_purpose(void) {
  (void)pthread_mutex_trylock(&m); // OK: it says so
  pthread_mutex_unlock(&m);
}

void failed(int a) {
  if (pthread_mutex_trylock(&m) == 0)
    get(a);
  else
    pthread_mutex_unlock(&m); // Warn
}

void fine(int a) {
  if (!go_trylock(&g))
    return;
  get(a);
  go_unlock(&g); // OK
}
