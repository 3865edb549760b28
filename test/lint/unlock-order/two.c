#include <redflag/go.h>

static go_mutex a, b;
int get(int);

void crossed(void) {
  go_lock(&a);
  go_lock(&b);
  get(1);
  go_unlock(&a); // Warn
  go_unlock(&b);
}

void nested(void) {
  go_lock(&a);
  go_lock(&b);
  get(1);
  go_unlock(&b); // OK
  go_unlock(&a);
}
