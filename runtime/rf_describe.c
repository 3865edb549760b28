// Names of the program's memory, for reports: variables from the modules' tables, locals from the shadow
// stacks, blocks from the heap.
#include "rf_describe.h"

#include "rf_symbolize.h"

static void from_var(struct rf_model_memory *out, enum rf_memory_kind kind, const struct rf_var *v, uintptr_t start) {
  out->kind = kind;
  out->name = rf_site_text(&v->name);
  out->type = rf_site_text(&v->type);
  out->func = rf_site_text(&v->func);
  out->layout = rf_site_text(&v->layout);
  out->file = rf_site_text(&v->file);
  out->line = v->line;
  out->size = v->size;
  out->offset = out->addr - start;
}

static bool describe_global(uintptr_t addr, struct rf_model_memory *out) {
  for (const struct rf_module *m = rf_modules_next(NULL); m; m = rf_modules_next(m))
    for (uint64_t i = 0; i < m->global_count; i++) {
      const uintptr_t start = (uintptr_t)m->globals[i].addr;
      if (addr < start || addr - start >= m->globals[i].var->size)
        continue;
      from_var(out, RF_MEMORY_GLOBAL, m->globals[i].var, start);
      return true;
    }
  return false;
}

struct stack_query {
  uintptr_t addr;
  struct rf_model_memory *out;
  bool found;
};

// The owner may push and pop meanwhile; what is read is checked against the address before it is used.
static void describe_in_stack(const struct rf_stack_view *v, void *arg) {
  struct stack_query *q = arg;
  if (q->found || q->addr < v->low || q->addr >= v->high)
    return;
  q->found = true;
  q->out->kind = RF_MEMORY_STACK;
  q->out->owner = v->number;
  for (const struct rf_local *l = v->end; l-- > v->locals;) {
    const uintptr_t start = (uintptr_t)l->addr;
    if (!l->var || q->addr < start || q->addr - start >= l->var->size)
      continue;
    from_var(q->out, RF_MEMORY_LOCAL, l->var, start);
    return;
  }
}

static void describe_in_running(struct rf_self *s, void *arg) {
  if (!s->live)
    return;
  describe_in_stack(&(struct rf_stack_view){(uintptr_t)s->stack_low, (uintptr_t)s->stack_high, s->locals,
                                            s->t.tls->lsp, s->t.self->number},
                    arg);
}

// A variable of a module without tables.
static void describe_object(uintptr_t addr, struct rf_model_memory *out) {
  uintptr_t start;
  size_t size;
  if (!rf_symbolize_object(addr, &out->name, &start, &size))
    return;
  out->kind = RF_MEMORY_GLOBAL;
  out->size = size;
  out->offset = addr - start;
}

static bool describe_captured(uintptr_t addr, struct rf_model_memory *out) {
  uintptr_t start;
  const struct rf_var *var = rf_variable_find(addr, &start, &out->owner);
  if (var)
    from_var(out, RF_MEMORY_LOCAL, var, start);
  return var;
}

void rf_describe(uintptr_t addr, struct rf_model_memory *out) {
  struct rf_block block;
  out->addr = addr;
  if (describe_global(addr, out) || describe_captured(addr, out))
    return;
  struct stack_query q = {addr, out, false};
  rf_self_each(describe_in_running, &q);
  rf_routines_each(describe_in_stack, &q);
  if (q.found)
    return;
  if (rf_heap_find(addr, &block)) {
    out->kind = RF_MEMORY_HEAP;
  } else if (out->released && rf_heap_find_released(addr, out->released, &block)) {
    out->kind = RF_MEMORY_RELEASED;
  } else {
    describe_object(addr, out);
    return;
  }
  out->size = block.size;
  out->offset = addr - block.start;
  out->where = block.where;
}
