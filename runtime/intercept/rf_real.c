#include "rf_real.h"

#include <dlfcn.h>

extern const struct rf_real_row __start_rf_reals[] __attribute__((visibility("hidden")));
extern const struct rf_real_row __stop_rf_reals[] __attribute__((visibility("hidden")));

static void find_all(bool reserved) {
  for (const struct rf_real_row *r = __start_rf_reals; r < __stop_rf_reals; r++)
    if ((*r->name == '_') == reserved)
      *r->at = dlsym(RTLD_NEXT, r->name);
}

// A function that this process's libraries do not have stays NULL; nobody can call it then. But for the error's text
// memory is asked for, and a preloaded malloc may call interceptors: so those that may be missing come last.
void rf_real_init(void) {
  find_all(false);
  find_all(true);
}
