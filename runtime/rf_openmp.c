// OpenMP. LLVM's OpenMP runtime is without checks and synchronises in ways that nobody sees; it tells a tool of
// each step (OMPT, OpenMP 5.0 chapter 4). That tool is Archer, which comes with it and calls the annotations of
// tsan/rf_annotate.c. Here the OpenMP runtime finds it without any setting of the environment.
#include "intercept/rf_real.h"
#include "rf_mem.h"
#include "rf_openmp.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// Names, numbers and types of OpenMP 5.0, 4.4 to 4.6.
struct ompt_data;
typedef void any_fn(void);
typedef any_fn *lookup_fn(const char *name);
typedef int initialize_fn(lookup_fn *lookup, int device, struct ompt_data *data);
typedef int set_callback_fn(int event, any_fn *callback);
typedef void sync_region_fn(int kind, int endpoint, struct ompt_data *parallel, struct ompt_data *task, const void *at);
enum { EVENT_SYNC_REGION_WAIT = 16, EVENT_SYNC_REGION = 23, KIND_TASKGROUP = 6, SCOPE_END = 2 };
struct ompt_start { // ompt_start_tool_result_t
  initialize_fn *initialize;
  void (*finalize)(struct ompt_data *data);
  uint64_t data;
};
typedef struct ompt_start *start_fn(unsigned version, const char *runtime);

static struct ompt_start *archer;

// ---- Reductions over a group of tasks ----

static lookup_fn *lookup_real;
static set_callback_fn *set_callback_real;
static sync_region_fn *archer_sync_region;

// Between the end of the wait for the group and the end of the group the results are put together. Archer makes
// the tasks' edges only then, so that until then nothing is judged.
static void group_has_waited(int kind, int endpoint, struct ompt_data *parallel, struct ompt_data *task, const void *at) {
  (void)parallel, (void)task, (void)at;
  if (kind == KIND_TASKGROUP && endpoint == SCOPE_END)
    RF_WITH_SELF(s->t.ignore++);
}

static void sync_region(int kind, int endpoint, struct ompt_data *parallel, struct ompt_data *task, const void *at) {
  if (kind == KIND_TASKGROUP && endpoint == SCOPE_END)
    RF_WITH_SELF(if (s->t.ignore) s->t.ignore--);
  archer_sync_region(kind, endpoint, parallel, task, at);
}

static int set_callback(int event, any_fn *callback) {
  if (event != EVENT_SYNC_REGION || !callback)
    return set_callback_real(event, callback);
  archer_sync_region = (sync_region_fn *)callback;
  set_callback_real(EVENT_SYNC_REGION_WAIT, (any_fn *)group_has_waited);
  return set_callback_real(event, (any_fn *)sync_region);
}

static any_fn *lookup(const char *name) {
  any_fn *const found = lookup_real(name);
  if (!found || strcmp(name, "ompt_set_callback"))
    return found;
  set_callback_real = (set_callback_fn *)found;
  return (any_fn *)set_callback;
}

// ---- Start ----

// Archer warns of the absence of a setting of ThreadSanitizer's that is always so here: what code without
// checks does is not judged. It looks for it at its start, so the environment has it that long.
static int initialize(lookup_fn *real, int device, struct ompt_data *data) {
  static char setting[] = "TSAN_OPTIONS=ignore_noninstrumented_modules=1";
  char **const before = environ;
  size_t n = 0;
  while (before && before[n])
    n++;
  char **with = rf_mem_alloc((n + 2) * sizeof *with); // never freed: another thread may read it meanwhile
  size_t kept = 0;
  with[kept++] = setting;
  for (size_t i = 0; i < n; i++)
    if (strncmp(before[i], "TSAN_OPTIONS=", 13))
      with[kept++] = before[i];
  with[kept] = NULL;
  environ = with;
  lookup_real = real;
  const int result = archer->initialize(lookup, device, data);
  if (environ == with)
    environ = before;
  return result;
}

// Weak: a program that is its own tool stays that. One that names its tool in the environment has it found there.
RF_INTERCEPTOR struct ompt_start *ompt_start_tool(unsigned version, const char *runtime) {
  static struct ompt_start start;
  rf_openmp_code = __builtin_return_address(0);
  if (getenv("OMP_TOOL_LIBRARIES"))
    return NULL;
  void *library = dlopen("libarcher.so", RTLD_LAZY | RTLD_LOCAL);
  start_fn *next = library ? (start_fn *)dlsym(library, "ompt_start_tool") : NULL;
  if (!next) {
    rf_say("OpenMP: libarcher.so was not found (package libomp-19-dev), so its synchronisation is not known and "
           "reports may be false",
           "");
    return NULL;
  }
  archer = next(version, runtime);
  if (!archer)
    return NULL;
  // Locks of the two are their own affair: Archer holds one around its table of the program's locks, which would
  // order whatever the program does under different ones.
  RF_WITH_SELF(rf_modules_silence((const void *)next); rf_modules_silence(rf_openmp_code));
  start = *archer;
  start.initialize = initialize;
  return &start;
}
