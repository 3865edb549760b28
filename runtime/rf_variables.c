// Variables of the program that live in memory of the goroutine library: locals that go blocks capture.
#include "rf_edges.h"

#include "rf_describe.h"
#include "rf_lock.h"
#include "rf_mem.h"

struct variable {
  struct variable *next;
  uintptr_t start;
  size_t size;
  const struct rf_var *var;
  uint32_t owner; // number of the logical thread that declared it
};

static struct bucket {
  struct rf_lock lock;
  struct variable *first; // guarded by lock
} buckets[1024];

static struct bucket *bucket_of(uintptr_t start) { return &buckets[(start >> 4) % 1024]; }

static void forget_name(uintptr_t start) {
  struct bucket *b = bucket_of(start);
  struct variable *found = NULL;
  rf_lock_enter(&b->lock);
  for (struct variable **at = &b->first; *at; at = &(*at)->next)
    if ((*at)->start == start) {
      found = *at;
      *at = found->next;
      break;
    }
  rf_lock_leave(&b->lock);
  if (found)
    rf_mem_free(found, sizeof *found);
}

static void note_name(uintptr_t start, size_t size, const struct rf_var *var, uint32_t owner) {
  struct bucket *b = bucket_of(start);
  struct variable *v = rf_mem_alloc(sizeof *v);
  rf_lock_enter(&b->lock);
  *v = (struct variable){b->first, start, size, var, owner};
  b->first = v;
  rf_lock_leave(&b->lock);
}

RF_EXPORT void __rf_variable_born(const void *p, size_t n, const struct rf_var *var) {
  const uintptr_t start = (uintptr_t)p;
  RF_WITH_SELF(if (!rf_serial && rf_map_covers(start, n)) rf_shadow_clear(&s->t, start, n);
               if (var) note_name(start, n, var, s->t.self->number));
}

RF_EXPORT void __rf_variable_gone(const void *p, size_t n) {
  RF_WITH_SELF(rf_sync_forget((uintptr_t)p, n); forget_name((uintptr_t)p));
}

static bool find_in(struct bucket *b, uintptr_t addr, struct variable *out) {
  bool found = false;
  rf_lock_enter(&b->lock);
  for (const struct variable *v = b->first; v && !found; v = v->next)
    if (addr >= v->start && addr - v->start < v->size) {
      *out = *v;
      found = true;
    }
  rf_lock_leave(&b->lock);
  return found;
}

const struct rf_var *rf_variable_find(uintptr_t addr, uintptr_t *start, uint32_t *owner) {
  struct variable v;
  for (unsigned i = 0; i < 1024; i++)
    if (find_in(&buckets[i], addr, &v)) {
      *start = v.start;
      *owner = v.owner;
      return v.var;
    }
  return NULL;
}
