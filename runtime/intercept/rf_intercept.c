#include "rf_intercept.h"

void rf_intercept_init(void) {
  rf_threads_init();
  rf_fork_init();
}
