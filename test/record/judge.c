// Judges a recorded execution (detector/rf_trace.h) by the definition: two accesses of a byte race if one writes, one
// is plain and neither happens before the other. Happens-before is kept in plain vector clocks, one entry per
// thread, without anything of the detector. Compares the racy bytes with those that the detector reported.
// Usage: judge TRACE. Exit status 0: the same, 1: a difference, 2: a trace that cannot be judged.
#include "rf_abi.h"
#include "rf_trace.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 64 };
enum { CONSUME = 1, ACQUIRE, RELEASE, ACQ_REL, SEQ_CST };

struct clock {
  uint32_t at[THREADS];
};

static struct clock now[THREADS], fence_release[THREADS], fence_acquire[THREADS];
static bool has_fence[THREADS];

static void join(struct clock *a, const struct clock *b) {
  for (int i = 0; i < THREADS; i++)
    if (b->at[i] > a->at[i])
      a->at[i] = b->at[i];
}

// What t did so far is one stretch, what it does from now on another.
static void step(uint32_t t) { now[t].at[t]++; }

// ---- A map from addresses to what is known of them ----

struct mark { // an access: of thread t in its stretch number `at`
  uint32_t t, at;
  uint16_t kind;
};
struct byte {
  struct mark *mark;
  uint32_t count, room;
  bool racy, reported;
};
struct head { // of a release sequence
  uint32_t t;
  struct clock clock;
};
struct object {
  struct clock released;
  struct head *head; // of atomics
  uint32_t heads, room;
};

struct entry {
  uint64_t key;
  void *value;
};
struct map {
  struct entry *entry;
  uint64_t room, count;
  size_t value_bytes;
};
static struct map bytes = {.value_bytes = sizeof(struct byte)}, objects = {.value_bytes = sizeof(struct object)};

static struct entry *slot(struct entry *e, uint64_t room, uint64_t key) {
  uint64_t i = key * UINT64_C(0x9e3779b97f4a7c15) >> 20 & (room - 1);
  while (e[i].value && e[i].key != key)
    i = (i + 1) & (room - 1);
  return &e[i];
}

static void *map_get(struct map *m, uint64_t key) {
  if (2 * m->count >= m->room) {
    const uint64_t room = m->room ? 2 * m->room : 1 << 12;
    struct entry *more = calloc(room, sizeof *more);
    for (uint64_t i = 0; i < m->room; i++)
      if (m->entry[i].value)
        *slot(more, room, m->entry[i].key) = m->entry[i];
    free(m->entry);
    m->entry = more;
    m->room = room;
  }
  struct entry *e = slot(m->entry, m->room, key);
  if (!e->value) {
    *e = (struct entry){key, calloc(1, m->value_bytes)};
    m->count++;
  }
  return e->value;
}

static void *map_find(const struct map *m, uint64_t key) { return m->room ? slot(m->entry, m->room, key)->value : NULL; }

// ---- Accesses ----

static void access_byte(uint64_t addr, const struct mark *a) {
  struct byte *b = map_get(&bytes, addr);
  bool known = false;
  for (uint32_t i = 0; i < b->count; i++) {
    const struct mark *m = &b->mark[i];
    known |= m->t == a->t && m->at == a->at && m->kind == a->kind;
    if (((m->kind | a->kind) & RF_CELL_WRITE) && ((m->kind | a->kind) & RF_CELL_PLAIN) && m->t != a->t &&
        m->at > now[a->t].at[m->t])
      b->racy = true;
  }
  if (known)
    return;
  if (b->count == b->room) {
    b->room = b->room ? 2 * b->room : 4;
    b->mark = realloc(b->mark, b->room * sizeof *b->mark);
  }
  b->mark[b->count++] = *a;
}

static void access_range(const struct rf_trace_event *e, uint16_t kind) {
  const struct mark m = {e->thread, now[e->thread].at[e->thread], kind};
  for (uint64_t i = 0; i < e->size; i++)
    access_byte(e->addr + i, &m);
}

// ---- Synchronisation ----

static bool acquires(int order) { return order == CONSUME || order == ACQUIRE || order >= ACQ_REL; }
static bool releases(int order) { return order >= RELEASE; }

static void add_head(struct object *o, uint32_t t, const struct clock *c) {
  if (o->heads == o->room) {
    o->room = o->room ? 2 * o->room : 4;
    o->head = realloc(o->head, o->room * sizeof *o->head);
  }
  o->head[o->heads++] = (struct head){t, *c};
}

// C11 5.1.2.4p10-11, 7.17.4: a load is ordered after every release whose sequence holds the store it read from.
static void load(uint32_t t, const struct object *o, int order) {
  for (uint32_t i = 0; i < o->heads; i++)
    join(acquires(order) ? &now[t] : &fence_acquire[t], &o->head[i].clock);
}

static void store(uint32_t t, struct object *o, int order, bool rmw) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < o->heads; i++) // others' sequences end with a store that is no read-modify-write
    if (rmw || o->head[i].t == t)
      o->head[n++] = o->head[i];
  o->heads = n;
  if (has_fence[t])
    add_head(o, t, &fence_release[t]);
  if (releases(order))
    add_head(o, t, &now[t]);
}

static void fence(uint32_t t, int order) {
  if (acquires(order))
    join(&now[t], &fence_acquire[t]);
  if (releases(order)) {
    fence_release[t] = now[t];
    has_fence[t] = true;
    step(t);
  }
}

static void forget(uint64_t addr, uint64_t size) {
  for (uint64_t a = addr; a < addr + size; a++) {
    struct object *o = map_find(&objects, a);
    if (o)
      o->heads = 0, memset(&o->released, 0, sizeof o->released);
  }
}

static void clear(uint64_t addr, uint64_t size) {
  for (uint64_t i = 0; i < bytes.room; i++)
    if (bytes.entry[i].value && bytes.entry[i].key - addr < size)
      ((struct byte *)bytes.entry[i].value)->count = 0;
}

static void judge(const struct rf_trace_event *e) {
  const uint32_t t = e->thread;
  struct object *o;
  switch ((enum rf_trace_op)e->op) {
  case RF_TRACE_ACCESS:
    access_range(e, e->kind);
    break;
  case RF_TRACE_LOAD:
    load(t, map_get(&objects, e->addr), e->order);
    access_range(e, 0);
    break;
  case RF_TRACE_STORE:
    access_range(e, RF_CELL_WRITE);
    store(t, map_get(&objects, e->addr), e->order, false);
    if (releases(e->order))
      step(t);
    break;
  case RF_TRACE_RMW:
    o = map_get(&objects, e->addr);
    load(t, o, e->order);
    access_range(e, RF_CELL_WRITE);
    store(t, o, e->order, true);
    if (releases(e->order))
      step(t);
    break;
  case RF_TRACE_FENCE:
    fence(t, e->order);
    break;
  case RF_TRACE_ACQUIRE:
    join(&now[t], &((struct object *)map_get(&objects, e->addr))->released);
    break;
  case RF_TRACE_RELEASE_MERGE:
    join(&((struct object *)map_get(&objects, e->addr))->released, &now[t]);
    step(t);
    break;
  case RF_TRACE_RELEASE_STORE:
    ((struct object *)map_get(&objects, e->addr))->released = now[t];
    step(t);
    break;
  case RF_TRACE_FORK:
    now[e->addr] = now[t];
    step(e->addr);
    step(t);
    break;
  case RF_TRACE_JOIN:
    join(&now[t], &now[e->addr]);
    break;
  case RF_TRACE_CLEAR:
    clear(e->addr, e->size);
    break;
  case RF_TRACE_FORGET:
    forget(e->addr, e->size);
    break;
  case RF_TRACE_RACE:
    for (unsigned i = 0; i < 8; i++)
      if (e->size >> i & 1)
        ((struct byte *)map_get(&bytes, e->addr + i))->reported = true;
    break;
  }
}

int main(int argc, char **argv) {
  FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
  struct rf_trace_event e;
  uint64_t n = 0, racy = 0, missed = 0, invented = 0;
  if (!f) {
    fprintf(stderr, "judge: cannot read %s\n", argc == 2 ? argv[1] : "(no trace given)");
    return 2;
  }
  step(1); // main
  for (; fread(&e, sizeof e, 1, f) == 1; n++) {
    if (e.thread >= THREADS || ((e.op == RF_TRACE_FORK || e.op == RF_TRACE_JOIN) && e.addr >= THREADS)) {
      fprintf(stderr, "judge: more than %d threads\n", THREADS - 1);
      return 2;
    }
    judge(&e);
  }
  for (uint64_t i = 0; i < bytes.room; i++) {
    const struct byte *b = bytes.entry[i].value;
    if (!b)
      continue;
    racy += b->racy;
    if (b->racy && !b->reported && !missed++)
      printf("missed: byte %#llx\n", (unsigned long long)bytes.entry[i].key);
    if (!b->racy && b->reported && !invented++)
      printf("invented: byte %#llx\n", (unsigned long long)bytes.entry[i].key);
  }
  printf("%llu events, %llu racy bytes, %llu missed, %llu invented\n", (unsigned long long)n,
         (unsigned long long)racy, (unsigned long long)missed, (unsigned long long)invented);
  return missed || invented;
}
