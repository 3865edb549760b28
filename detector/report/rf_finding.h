// What is wrong beside data races: misuse of locks, lock order, deadlocks, leaked threads, signal handlers.
// A finding is raised as places and objects; its model is plain data, as a race's is.
#ifndef RF_FINDING_H
#define RF_FINDING_H

#include "rf_model.h"
#include "rf_render.h"

#define RF_FINDING_STEPS 24

// One line of the story: `Locked mutex `m` by thread 2 `f` at a.c:3:1 in f`, and the stack.
struct rf_finding_step {
  const char *what;        // "Locked", "Waits for"
  const char *object_kind; // "mutex"; NULL: the step has no object
  uintptr_t object;
  const char *second_what, *second_kind; // " while holding" " mutex"; NULL: none
  uintptr_t second;
  rf_place where; // 0: unknown
};

struct rf_finding {
  const char *kind; // "unlock of an unlocked mutex", in the title and the summary
  const char *mend;
  const char *suppress;       // kind of suppression: "mutex", "deadlock", "thread", "signal"
  struct rf_thread *thread;   // who ran into it; NULL: nobody in particular
  uint32_t count;             // steps; the first tells where it was found
  uint32_t more;              // steps left out
  struct rf_finding_step step[RF_FINDING_STEPS];
};

struct rf_finding_model_step {
  const struct rf_finding_step *raw;
  const char *name, *second_name; // of the objects, "" unknown
  bool has_who;
  struct rf_model_who who;
  struct rf_model_stack stack;
};

struct rf_finding_model {
  const struct rf_finding *raw;
  uint32_t id;
  struct rf_finding_model_step step[RF_FINDING_STEPS];
};

// Findings of one kind at the same lines have one key.
uint64_t rf_finding_key(const struct rf_finding *f);
void rf_finding_model_build(struct rf_finding_model *m, const struct rf_finding *f, rf_describe_fn *describe);
void rf_finding_render(struct rf_text *out, const struct rf_finding_model *m, const struct rf_render_env *env);

#endif
