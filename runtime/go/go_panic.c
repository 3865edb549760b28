// Catching panics by a jump to the frame of go_try(), which saves what its caller wants preserved.
#include "go_panic.h"

#include "go_fatal.h"
#include "go_mem.h"

#include <redflag/panic.h>

struct go_try {
  struct go_try *outer;
  void *jump[5];
  struct rf_calls calls;
};

__attribute__((noinline)) const char *go_try(void (*f)(void *), void *arg) {
  struct goroutine *g = rf_go_self();
  struct go_try here;
  here.outer = g->tries;
  g->tries = &here;
  __rf_calls_mark(&here.calls);
  if (__builtin_setjmp(here.jump)) {
    __rf_calls_return(&here.calls);
    return rf_go_self()->panic_text;
  }
  f(arg);
  rf_go_self()->tries = here.outer;
  return NULL;
}

// message may be that of the goroutine's last panic, which goes on.
static void keep(struct goroutine *g, const char *message) {
  if (!g->panic_text)
    g->panic_text = rf_go_mem_alloc(GO_PANIC_BYTES);
  size_t n = 0;
  for (; message[n] && n < GO_PANIC_BYTES - 1; n++)
    g->panic_text[n] = message[n];
  g->panic_text[n] = 0;
}

__attribute__((noinline)) void rf_go_panic_throw(struct goroutine *g, const char *message) {
  struct go_try *innermost = g->tries;
  if (!innermost)
    return;
  keep(g, message);
  g->tries = innermost->outer;
  __builtin_longjmp(innermost->jump, 1);
}

// A foreign thread's end is not seen: its text stays behind.
void rf_go_panic_forget(struct goroutine *g) {
  if (g->panic_text)
    rf_go_mem_free(g->panic_text, GO_PANIC_BYTES);
}

void go__panic(const char *message) { rf_go_panic_exit(message); }
