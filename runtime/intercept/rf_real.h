// Interceptors: the program's calls of library functions, seen by the detector on their way to the real
// ones. Each interceptor is a weak definition, so that a program that defines the function itself keeps its
// own. RF_REAL declares the real function and enters it into a table that is resolved at start-up.
#ifndef RF_REAL_H
#define RF_REAL_H

#include "rf_runtime.h"

// The interceptors' code lies together, and keeps frame pointers: from any of their functions the way leads up
// to the code that called the library function.
#pragma clang section text = "rf_intercept"

struct rf_real_row {
  const char *name;
  void **at;
};

#define RF_REAL_AS(linkage, variable, ret, name, params)                                                     \
  linkage ret(*variable) params;                                                                             \
  static const struct rf_real_row rf_row_##name __attribute__((section("rf_reals"), used)) = {               \
      #name, (void **)&variable}
#define RF_REAL(ret, name, params) RF_REAL_AS(static, real_##name, ret, name, params)

#define RF_INTERCEPTOR __attribute__((weak, visibility("default")))

// Declares the real function and begins the definition of its interceptor.
#define RF_INTERCEPT(ret, name, params)                                                                      \
  RF_REAL(ret, name, params);                                                                                \
  RF_INTERCEPTOR ret name params

// Interceptors may be called before start-up, by constructors of libraries.
#define RF_READY() rf_runtime_init()

void rf_real_init(void);
// The function of one library, by the last part of its path, whatever others put before it. NULL: there is none.
void *rf_real_in(const char *library, const char *name);
void rf_intercept_init(void); // what needs the real functions

#endif
