// The ways to start a goroutine, and what a goroutine may ask about itself.
#include "go_sched.h"

#include <redflag/go.h>

// What a go statement compiles to.
__attribute__((visibility("default"))) void __rf_go_spawn(void (*thunk)(void *), const void *args,
                                                          uint64_t bytes, const struct rf_site *site) {
  rf_go_sched_spawn(thunk, args, bytes, rf_go_site_text(&site->expr), site);
}

void go__func(void (*f)(void *), void *arg, const char *name) { rf_go_sched_spawn(f, arg, 0, name, NULL); }

void go__copy(void (*f)(void *), const void *p, size_t n, const char *name) {
  rf_go_sched_spawn(f, p, n, name, NULL);
}

void go_yield(void) { rf_go_sched_yield(); }
void go_exit(void) { rf_go_sched_exit(); }
uint64_t go_id(void) { return rf_go_self()->id; }
uint64_t go_num(void) { return rf_go_sched_count(); }
const char *go_name(void) { return rf_go_self()->name; }
