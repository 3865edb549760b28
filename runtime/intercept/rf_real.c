#include "rf_real.h"

#include <dlfcn.h>

extern const struct rf_real_row __start_rf_reals[] __attribute__((visibility("hidden")));
extern const struct rf_real_row __stop_rf_reals[] __attribute__((visibility("hidden")));

void rf_real_init(void) {
  // A function that this process's libraries do not have stays NULL; nobody can call it then.
  for (const struct rf_real_row *r = __start_rf_reals; r < __stop_rf_reals; r++)
    *r->at = dlsym(RTLD_NEXT, r->name);
}
