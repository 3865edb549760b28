// Boxes: memory for the locals that go blocks capture, with a count of its users: the function that declared the
// local, and each goroutine that was started with it.
// Invariant: a box is given back when its last user is done, by whatever way a goroutine has ended. Counting tells
// the detector nothing, so it orders nothing.
#include "go_box.h"

#include "go_mem.h"

#define EXPORT __attribute__((visibility("default")))

// In front of the local.
struct box {
  uint64_t users;
  size_t bytes;
  void *raw;
  size_t raw_bytes;
};

struct go_boxes {
  uint64_t count;
  void *at[];
};

static struct box *box_of(void *local) { return (struct box *)local - 1; }

static size_t bytes_of_list(uint64_t count) { return sizeof(struct go_boxes) + count * sizeof(void *); }

// Defined for compiled code, see rf_entries.def.
EXPORT void *__rf_go_box_new(uint64_t bytes, uint64_t align, const struct rf_var *var) {
  size_t step = align > sizeof(struct box) ? align : sizeof(struct box);
  size_t raw_bytes = sizeof(struct box) + step + bytes;
  char *raw = rf_go_mem_alloc(raw_bytes);
  uintptr_t local = ((uintptr_t)raw + sizeof(struct box) + step - 1) & ~(uintptr_t)(step - 1);
  *box_of((void *)local) = (struct box){1, bytes, raw, raw_bytes};
  __rf_variable_born((void *)local, bytes, var);
  return (void *)local;
}

// Release: pairs with the acquire of whoever is last, so that nobody uses the memory after it is given back.
EXPORT void __rf_go_box_drop(void *local) {
  if (!local || __atomic_sub_fetch(&box_of(local)->users, 1, __ATOMIC_ACQ_REL))
    return;
  struct box *b = box_of(local);
  __rf_variable_gone(local, b->bytes);
  rf_go_mem_free(b->raw, b->raw_bytes);
}

static struct go_boxes *share(void *const *boxes, uint64_t count) {
  struct go_boxes *list = rf_go_mem_alloc(bytes_of_list(count));
  list->count = count;
  for (uint64_t i = 0; i < count; i++) {
    list->at[i] = boxes[i];
    __atomic_add_fetch(&box_of(boxes[i])->users, 1, __ATOMIC_RELAXED); // the caller is one of them, so it is there
  }
  return list;
}

struct start {
  void (*body)(void *);
  struct go_boxes *boxes;
  char context[] __attribute__((aligned(16)));
};

static void run(void *p) {
  struct start *start = p;
  rf_go_self()->boxes = start->boxes;
  start->body(start->context);
}

EXPORT void __rf_go_spawn_block(void (*body)(void *), const void *context, uint64_t bytes, void *const *boxes,
                                uint64_t count, const struct rf_site *site) {
  size_t n = sizeof(struct start) + bytes;
  struct start *start = rf_go_mem_alloc(n);
  start->body = body;
  start->boxes = share(boxes, count);
  rf_go_mem_copy(start->context, context, bytes);
  rf_go_sched_spawn(run, start, n, site ? rf_go_site_text(&site->expr) : "", site);
  rf_go_mem_free(start, n);
}

void rf_go_box_leave(struct goroutine *g) {
  struct go_boxes *list = g->boxes;
  if (!list)
    return;
  for (uint64_t i = 0; i < list->count; i++)
    __rf_go_box_drop(list->at[i]);
  rf_go_mem_free(list, bytes_of_list(list->count));
}
