// Memory of OpenMP tasks. The OpenMP runtime gives the memory of a task that is over to another one, by no order
// that it would tell. So it is new to whom it is given, as from malloc. Compiled code asks for it, and is asked to
// fill copies of it, in the way that the compilers have agreed on (LLVM/OpenMP's kmp_task_t).
#include "intercept/rf_real.h"
#include "rf_lock.h"
#include "rf_mem.h"
#include "rf_openmp.h"

#include <dlfcn.h>

// What a task begins with; its private data follows, what it shares may lie apart.
struct task {
  void *shared;
  void *entry;
};

typedef void fill_copy_fn(struct task *copy, struct task *task, int is_last);

// What all tasks of one construct have in common.
struct construct {
  void *entry; // names it
  size_t size, shared_size;
  fill_copy_fn *fill_copy; // of a taskloop
  struct construct *next;
};

#define BUCKETS 256u
static struct construct *constructs[BUCKETS]; // guarded by lock, which is taken inside only
static struct rf_lock lock;

static struct construct construct_of(const struct task *t) {
  struct construct found = {0};
  rf_lock_enter(&lock);
  for (struct construct *c = constructs[((uintptr_t)t->entry >> 4) % BUCKETS]; c; c = c->next)
    if (c->entry == t->entry)
      found = *c;
  rf_lock_leave(&lock);
  return found;
}

static void note(const struct construct *seen) {
  struct construct **bucket = &constructs[((uintptr_t)seen->entry >> 4) % BUCKETS], *c;
  rf_lock_enter(&lock);
  for (c = *bucket; c && c->entry != seen->entry; c = c->next)
    ;
  if (!c) {
    c = rf_mem_alloc(sizeof *c);
    c->next = *bucket;
    *bucket = c;
  }
  struct construct *const next = c->next;
  *c = *seen;
  c->next = next;
  rf_lock_leave(&lock);
}

static void renew(struct rf_self *s, struct task *t, const struct construct *c) {
  if (!s->live)
    return;
  rf_map_drop(&s->t, (uintptr_t)t, c->size);
  rf_sync_forget((uintptr_t)t, c->size);
  if (!c->shared_size)
    return;
  rf_map_drop(&s->t, (uintptr_t)t->shared, c->shared_size);
  rf_sync_forget((uintptr_t)t->shared, c->shared_size);
}

// ---- The real functions, which may have been loaded since the program's start ----

const void *rf_openmp_code;

static void *find(const char *name) {
  Dl_info info;
  void *real = dlsym(RTLD_NEXT, name);
  void *library = !real && rf_openmp_code && dladdr(rf_openmp_code, &info)
                      ? dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD)
                      : NULL;
  if (library)
    real = dlsym(library, name);
  if (!real)
    rf_refuse("OpenMP: its runtime was not found, or lacks ", name);
  return real;
}

#define FIND(name) (real_##name ? real_##name : (real_##name = find(#name)))

// ---- Interceptors ----

RF_INTERCEPT(struct task *, __kmpc_omp_task_alloc,
             (void *place, int thread, int flags, size_t size, size_t shared_size, void *entry)) {
  struct task *t = FIND(__kmpc_omp_task_alloc)(place, thread, flags, size, shared_size, entry);
  const struct construct c = {entry, size, shared_size, NULL, NULL};
  if (!t)
    return t;
  struct rf_self *s = rf_enter();
  note(&c);
  renew(s, t, &c);
  rf_leave(s);
  return t;
}

// A loop's tasks are copies of one.
static void fill_copy(struct task *copy, struct task *task, int is_last) {
  struct rf_self *s = rf_enter();
  const struct construct c = construct_of(task);
  renew(s, copy, &c);
  rf_leave(s);
  if (c.fill_copy)
    c.fill_copy(copy, task, is_last);
}

static void note_loop(struct task *t, void *fill) {
  struct rf_self *s = rf_enter();
  struct construct c = construct_of(t);
  c.fill_copy = (fill_copy_fn *)fill;
  note(&c);
  rf_leave(s);
}

RF_INTERCEPT(void, __kmpc_taskloop,
             (void *place, int thread, struct task *t, int condition, uint64_t *low, uint64_t *high, int64_t step,
              int no_group, int schedule, uint64_t grain, void *fill)) {
  note_loop(t, fill);
  FIND(__kmpc_taskloop)(place, thread, t, condition, low, high, step, no_group, schedule, grain, (void *)fill_copy);
}

RF_INTERCEPT(void, __kmpc_taskloop_5,
             (void *place, int thread, struct task *t, int condition, uint64_t *low, uint64_t *high, int64_t step,
              int no_group, int schedule, uint64_t grain, int modifier, void *fill)) {
  note_loop(t, fill);
  FIND(__kmpc_taskloop_5)
  (place, thread, t, condition, low, high, step, no_group, schedule, grain, modifier, (void *)fill_copy);
}
