// C++: memory by operators. The C++ library's call malloc and free. new is taken here as well as delete, since a
// preloaded library may bring others of its own; delete, since only its caller tells whether the release is the
// program's. Programs may replace the basic forms: the others are defined to call those, as the C++ library's do.
// Not linked where the C++ library is an archive, which has them in the executable.
#include "rf_real.h"

#define LIB(variable, name) static const struct rf_libsite variable = RF_LIBSITE(name)
LIB(new_site, "operator new");
LIB(delete_site, "operator delete");

#define OURS(symbol) ((void (*)(void))symbol == (void (*)(void))rf_##symbol)
#define OPERATOR(ret, symbol, params)                                                                        \
  RF_REAL(ret, symbol, params);                                                                              \
  static ret rf_##symbol params;                                                                             \
  RF_INTERCEPTOR ret symbol params __attribute__((alias("rf_" #symbol)));                                    \
  static ret rf_##symbol params
// The real one also knows what to do when there is no memory.
#define NEW(symbol, params, args, align, basic)                                                              \
  OPERATOR(void *, symbol, params) {                                                                         \
    void *p = OURS(basic) && rf_heap_is_ours() ? rf_heap_new(n, align, &new_site) : NULL;                    \
    return p ? p : real_##symbol args;                                                                       \
  }
#define DELETE(symbol, params, args, basic)                                                                  \
  OPERATOR(void, symbol, params) {                                                                           \
    const void *caller = __builtin_return_address(0);                                                        \
    if (p && !(OURS(basic) && rf_heap_is_ours() && rf_heap_delete(p, caller, &delete_site)))                 \
      real_##symbol args;                                                                                    \
  }
#define PLAIN_NEW(symbol, params, args) NEW(symbol, params, args, 16, _Znwm)
#define ALIGNED_NEW(symbol, params, args) NEW(symbol, params, args, a, _ZnwmSt11align_val_t)
#define PLAIN_DELETE(symbol, params, args) DELETE(symbol, params, args, _ZdlPv)
#define ALIGNED_DELETE(symbol, params, args) DELETE(symbol, params, args, _ZdlPvSt11align_val_t)

PLAIN_NEW(_Znwm, (size_t n), (n))
PLAIN_NEW(_Znam, (size_t n), (n))
PLAIN_NEW(_ZnwmRKSt9nothrow_t, (size_t n, const void *t), (n, t))
PLAIN_NEW(_ZnamRKSt9nothrow_t, (size_t n, const void *t), (n, t))
ALIGNED_NEW(_ZnwmSt11align_val_t, (size_t n, size_t a), (n, a))
ALIGNED_NEW(_ZnamSt11align_val_t, (size_t n, size_t a), (n, a))
ALIGNED_NEW(_ZnwmSt11align_val_tRKSt9nothrow_t, (size_t n, size_t a, const void *t), (n, a, t))
ALIGNED_NEW(_ZnamSt11align_val_tRKSt9nothrow_t, (size_t n, size_t a, const void *t), (n, a, t))
PLAIN_DELETE(_ZdlPv, (void *p), (p))
PLAIN_DELETE(_ZdaPv, (void *p), (p))
PLAIN_DELETE(_ZdlPvm, (void *p, size_t n), (p, n))
PLAIN_DELETE(_ZdaPvm, (void *p, size_t n), (p, n))
PLAIN_DELETE(_ZdlPvRKSt9nothrow_t, (void *p, const void *t), (p, t))
PLAIN_DELETE(_ZdaPvRKSt9nothrow_t, (void *p, const void *t), (p, t))
ALIGNED_DELETE(_ZdlPvSt11align_val_t, (void *p, size_t a), (p, a))
ALIGNED_DELETE(_ZdaPvSt11align_val_t, (void *p, size_t a), (p, a))
ALIGNED_DELETE(_ZdlPvmSt11align_val_t, (void *p, size_t n, size_t a), (p, n, a))
ALIGNED_DELETE(_ZdaPvmSt11align_val_t, (void *p, size_t n, size_t a), (p, n, a))
