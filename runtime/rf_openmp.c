// OpenMP. LLVM's OpenMP runtime is without checks and synchronises in ways that nobody sees; it tells a tool of
// each step (OMPT, OpenMP 5.0 chapter 4). That tool is Archer, which comes with it and calls the annotations of
// tsan/rf_annotate.c. Here the OpenMP runtime finds it without any setting of the environment.
#include "intercept/rf_real.h"
#include "rf_mem.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

struct ompt_data;
typedef int initialize_fn(void *lookup, int device, struct ompt_data *data);
struct ompt_start { // ompt_start_tool_result_t
  initialize_fn *initialize;
  void (*finalize)(struct ompt_data *data);
  uint64_t data;
};
typedef struct ompt_start *start_fn(unsigned version, const char *runtime);

static struct ompt_start *archer;

// Archer warns of the absence of a setting of ThreadSanitizer's that is always so here: what code without
// checks does is not judged. It looks for it at its start, so the environment has it that long.
static int initialize(void *lookup, int device, struct ompt_data *data) {
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
  const int result = archer->initialize(lookup, device, data);
  if (environ == with)
    environ = before;
  return result;
}

// Weak: a program that is its own tool stays that. One that names its tool in the environment has it found there.
RF_INTERCEPTOR struct ompt_start *ompt_start_tool(unsigned version, const char *runtime) {
  static struct ompt_start start;
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
  RF_WITH_SELF(rf_modules_silence((const void *)next); rf_modules_silence(__builtin_return_address(0)));
  start = *archer;
  start.initialize = initialize;
  return &start;
}
