// Handlers for the end of the process: what came before a handler was registered happens before its run,
// whichever thread ends the process. atexit and static objects of C++ come here as __cxa_atexit.
#include "rf_mem.h"
#include "rf_object.h"

RF_REAL_AS(, rf_real_cxa_atexit, int, __cxa_atexit, (void (*)(void *), void *, void *));
RF_REAL_AS(, rf_real_cxa_at_quick_exit, int, __cxa_at_quick_exit, (void (*)(void *), void *));

struct handler {
  union {
    void (*plain)(void *);
    void (*with_status)(int, void *);
  } call;
  void *arg;
};

static uintptr_t object(void) { return rf_object(RF_OBJECT_ONE, RF_ONE_EXIT); }

static struct handler *handler_new(void *arg) {
  struct rf_self *s = rf_enter();
  struct handler *h = rf_mem_alloc(sizeof *h);
  rf_leave(s);
  h->arg = arg;
  return h;
}

// Runs once; a library's handlers run when it is unloaded.
static struct handler handler_take(void *node) {
  const struct handler h = *(struct handler *)node;
  struct rf_self *s = rf_enter();
  rf_mem_free(node, sizeof h);
  rf_leave(s);
  rf_take(object());
  return h;
}

static void run(void *node) {
  const struct handler h = handler_take(node);
  h.call.plain(h.arg);
}

static void run_with_status(int status, void *node) {
  const struct handler h = handler_take(node);
  h.call.with_status(status, h.arg);
}

RF_INTERCEPTOR int __cxa_atexit(void (*call)(void *), void *arg, void *library) {
  RF_READY();
  rf_give(object());
  struct handler *h = handler_new(arg);
  h->call.plain = call;
  return rf_real_cxa_atexit(run, h, library);
}

RF_INTERCEPT(int, on_exit, (void (*call)(int, void *), void *arg)) {
  RF_READY();
  rf_give(object());
  struct handler *h = handler_new(arg);
  h->call.with_status = call;
  return real_on_exit(run_with_status, h);
}

// Handlers of quick_exit have no argument that could name them; so its caller learns of all at once.
RF_INTERCEPTOR int __cxa_at_quick_exit(void (*call)(void *), void *library) {
  RF_READY();
  rf_give(object());
  return rf_real_cxa_at_quick_exit(call, library);
}

RF_INTERCEPT(void, quick_exit, (int status)) {
  rf_take(object());
  real_quick_exit(status);
  __builtin_unreachable();
}
