// C++ exceptions that travel between threads. Their reference counts live in the C++ library, out of sight:
// whoever drops a reference happens before the exception's destruction. All exceptions share one object.
// The destructor that the thrower names is the moment of destruction.
// Not linked where the C++ library is an archive: then there is nothing behind these.
#include "rf_lock.h"
#include "rf_mem.h"
#include "rf_object.h"

typedef void destructor(void *);

struct thrown {
  struct thrown *next;
  void *exception;
  destructor *destroy;
};
#define BUCKETS 64u
static struct thrown *table[BUCKETS]; // guarded by lock
static struct rf_lock lock;

void rf_exception_calls_after_fork(void);
void rf_exception_calls_after_fork(void) { atomic_store_explicit(&lock.held, 0, memory_order_relaxed); }

static struct thrown **bucket(const void *exception) { return &table[((uintptr_t)exception >> 4) % BUCKETS]; }

static void destroyed(void *exception) {
  destructor *destroy = NULL;
  struct rf_self *s = rf_enter();
  rf_lock_enter(&lock);
  struct thrown *found = NULL;
  for (struct thrown **at = bucket(exception); *at; at = &(*at)->next)
    if ((*at)->exception == exception) {
      found = *at;
      *at = found->next;
      break;
    }
  rf_lock_leave(&lock);
  if (found) {
    destroy = found->destroy;
    rf_mem_free(found, sizeof *found);
  }
  rf_leave(s);
  rf_take(rf_object(RF_OBJECT_ONE, RF_ONE_EXCEPTIONS));
  if (destroy)
    destroy(exception);
}

static destructor *watched(void *exception, destructor *destroy) {
  if (!destroy)
    return NULL;
  struct rf_self *s = rf_enter();
  struct thrown *t = rf_mem_alloc(sizeof *t);
  rf_lock_enter(&lock);
  *t = (struct thrown){*bucket(exception), exception, destroy};
  *bucket(exception) = t;
  rf_lock_leave(&lock);
  rf_leave(s);
  return destroyed;
}

static void dropping(void) { rf_give(rf_object(RF_OBJECT_ONE, RF_ONE_EXCEPTIONS)); }

RF_INTERCEPT(void, __cxa_throw, (void *exception, void *type, destructor *destroy)) {
  real___cxa_throw(exception, type, watched(exception, destroy));
  __builtin_unreachable();
}
RF_INTERCEPT(void *, __cxa_init_primary_exception, (void *exception, void *type, destructor *destroy)) {
  return real___cxa_init_primary_exception(exception, type, watched(exception, destroy));
}
// An exception that left a signal handler has been caught further out.
RF_INTERCEPT(void *, __cxa_begin_catch, (void *exception)) {
  rf_jumping((uintptr_t)__builtin_frame_address(0));
  return real___cxa_begin_catch(exception);
}
RF_INTERCEPT(void, __cxa_end_catch, (void)) {
  dropping();
  real___cxa_end_catch();
}
// std::exception_ptr::_M_release()
RF_INTERCEPT(void, _ZNSt15__exception_ptr13exception_ptr10_M_releaseEv, (void *self)) {
  dropping();
  real__ZNSt15__exception_ptr13exception_ptr10_M_releaseEv(self);
}
