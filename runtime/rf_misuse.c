#include "rf_misuse.h"

#include "rf_finding.h"
#include "rf_options.h"

static struct rf_finding_step here(struct rf_self *s, const char *what, const char *kind, uintptr_t object) {
  return (struct rf_finding_step){.what = what, .object_kind = kind, .object = object,
                                  .where = rf_thread_where(&s->t, NULL)};
}

static struct rf_finding_step taken(const char *what, const struct rf_held *h) {
  return (struct rf_finding_step){.what = what, .object_kind = h->kind, .object = h->lock, .where = h->where};
}

// ---- Who else holds a lock: the others must stand still, since their lists may move ----

static bool find_holder(struct rf_self *me, uintptr_t lock, struct rf_held *out) {
  bool found = false;
  rf_self_stop_others(me);
  rf_self_list_enter();
  for (const struct rf_self *s = rf_self_first(); s && !found; s = s->next) {
    const struct rf_held *h = s->live ? rf_held_find(&s->t, lock) : NULL;
    if (h)
      *out = *h, found = true;
  }
  rf_self_list_leave();
  rf_self_resume_others();
  return found;
}

// ---- Locks ----

void rf_misuse_unlock(struct rf_self *s, uintptr_t lock, const char *kind) {
  struct rf_held held;
  if (s->fiber)
    return; // the lock is the pthread's, and another of its fibres may have taken it
  struct rf_finding f = {.suppress = "mutex", .count = 1, .step = {here(s, "Unlocked", kind, lock)}};
  if (find_holder(s, lock, &held)) {
    f.kind = "unlock of a lock that another thread holds";
    f.mend = "let the thread that locked it unlock it; to hand over between threads use a semaphore or a condition "
             "variable.";
    f.step[f.count++] = taken("Locked", &held);
  } else {
    f.kind = "unlock of a lock that is not held";
    f.mend = "lock it first on every path that leads here, and unlock it once.";
  }
  rf_report_finding(&f);
}

void rf_misuse_double_lock(struct rf_self *s, const struct rf_held *held) {
  const struct rf_finding f = {.kind = "double lock",
                               .mend = "this thread waits for itself: unlock first, or make the mutex recursive.",
                               .suppress = "mutex",
                               .count = 2,
                               .step = {here(s, "Locked again", held->kind, held->lock), taken("Locked", held)}};
  rf_report_finding(&f);
}

void rf_misuse_invalid(struct rf_self *s, uintptr_t lock, const char *kind, bool destroyed) {
  const struct rf_finding f = {.kind = destroyed ? "use of a destroyed lock" : "use of an uninitialised lock",
                               .mend = destroyed ? "destroy it only after its last use."
                                                 : "initialise it first (pthread_mutex_init, "
                                                   "PTHREAD_MUTEX_INITIALIZER, mtx_init).",
                               .suppress = "mutex",
                               .count = 1,
                               .step = {here(s, "Used", kind, lock)}};
  rf_report_finding(&f);
}

void rf_misuse_destroy(struct rf_self *s, uintptr_t lock, const char *kind) {
  struct rf_held held;
  if (!rf_options.report_destroy_locked || !find_holder(s, lock, &held))
    return;
  const struct rf_finding f = {.kind = "destruction of a locked lock",
                               .mend = "unlock it first, and let every thread that uses it finish.",
                               .suppress = "mutex",
                               .count = 2,
                               .step = {here(s, "Destroyed", kind, lock), taken("Locked", &held)}};
  rf_report_finding(&f);
}

void rf_misuse_free(struct rf_self *s, const struct rf_held *held) {
  if (!rf_options.report_destroy_locked)
    return;
  const struct rf_finding f = {.kind = "release of the memory of a locked lock",
                               .mend = "unlock and destroy it before its memory is given back.",
                               .suppress = "mutex",
                               .count = 2,
                               .step = {here(s, "Released with", held->kind, held->lock), taken("Locked", held)}};
  rf_report_finding(&f);
}

void rf_misuse_two_mutexes(struct rf_self *s, uintptr_t cond, uintptr_t mutex, uintptr_t other, rf_place other_at) {
  const struct rf_finding f = {
      .kind = "one condition variable with two mutexes",
      .mend = "all threads that wait at the same time must name the same mutex (POSIX pthread_cond_wait).",
      .suppress = "mutex",
      .count = 2,
      .step = {{.what = "Wait on", .object_kind = "condition variable", .object = cond, .second_what = " with",
                .second_kind = "mutex", .second = mutex, .where = rf_thread_where(&s->t, NULL)},
               {.what = "Others wait on", .object_kind = "condition variable", .object = cond, .second_what = " with",
                .second_kind = "mutex", .second = other, .where = other_at}}};
  rf_report_finding(&f);
}

void rf_misuse_order(const struct rf_order_cycle *cycle) {
  if (!rf_options.detect_deadlocks)
    return;
  struct rf_finding f = {.kind = "lock-order inversion",
                         .mend = "take these locks in one order everywhere; these threads may come to wait for each "
                                 "other for ever.",
                         .suppress = "deadlock"};
  for (uint32_t i = 0; i < cycle->count && f.count + 2 <= RF_FINDING_STEPS; i++) {
    const struct rf_order_edge *e = &cycle->edge[i];
    f.step[f.count++] = (struct rf_finding_step){.what = "Locking", .object_kind = e->wanted_kind, .object = e->wanted,
                                                 .second_what = " while holding", .second_kind = e->held_kind,
                                                 .second = e->held, .where = e->wanted_at};
    f.step[f.count++] = (struct rf_finding_step){.what = "where it had locked", .object_kind = e->held_kind,
                                                 .object = e->held, .where = e->held_at};
  }
  rf_report_finding(&f);
}

// ---- Threads ----

void rf_misuse_leak(const struct rf_lthread *thread) {
  const struct rf_finding f = {.kind = "thread leak",
                               .mend = "join the thread, or detach it: until then its stack is kept.",
                               .suppress = "thread",
                               .count = 1,
                               .step = {{.what = "Thread that ended and was never joined: created",
                                         .where = thread->birth}}};
  rf_report_finding(&f);
}

// ---- Signal handlers ----

void rf_misuse_handler_errno(struct rf_self *s, int signal) {
  (void)signal;
  const struct rf_finding f = {.kind = "signal handler spoils errno",
                               .mend = "save errno at the handler's start and restore it at its end.",
                               .suppress = "signal",
                               .count = 1,
                               .step = {here(s, "Interrupted", NULL, 0)}};
  rf_report_finding(&f);
}

void rf_misuse_handler_call(struct rf_self *s) {
  const struct rf_finding f = {.kind = "call that is not safe in a signal handler",
                               .mend = "only set a volatile sig_atomic_t or lock-free atomic, or write to a pipe, in "
                                       "the handler (POSIX XSH 2.4.3 lists what may be called).",
                               .suppress = "signal",
                               .count = 1,
                               .step = {here(s, "Called", NULL, 0)}};
  rf_report_finding(&f);
}
