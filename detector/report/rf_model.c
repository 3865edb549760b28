#include "rf_model.h"

#include "rf_text.h"

#define FNV_START UINT64_C(0xcbf29ce484222325)

const char *rf_site_text(const int32_t *field) { return *field ? (const char *)field + *field : ""; }

static const struct rf_site *inlined_at(const struct rf_site *s) {
  return s->inlined_at ? (const struct rf_site *)((const char *)&s->inlined_at + s->inlined_at) : NULL;
}

rf_pc_frames_fn *rf_model_pc_frames;

static size_t pc_frames(const struct rf_site *s, struct rf_model_frame *out, size_t max) {
  return rf_model_pc_frames ? rf_model_pc_frames(s, out, max) : 0;
}

static struct rf_model_frame frame_of(const struct rf_site *s) {
  if (s->kind == RF_SITE_PC) {
    struct rf_model_frame f = {"", "", 0, 0};
    pc_frames(s, &f, 1);
    return f;
  }
  if (s->kind == RF_SITE_LIB)
    return (struct rf_model_frame){((const struct rf_libsite *)s)->name, "", 0, 0};
  return (struct rf_model_frame){rf_site_text(&s->func), rf_site_text(&s->file), s->line, s->col};
}

static void push(struct rf_model_stack *out, const struct rf_site *s) {
  if (s->kind == RF_SITE_PC && out->count < RF_MODEL_FRAMES) {
    const size_t n = pc_frames(s, &out->frame[out->count], RF_MODEL_FRAMES - out->count);
    out->count += (uint32_t)n;
    if (n)
      return;
  }
  if (out->count == RF_MODEL_FRAMES)
    out->more++;
  else
    out->frame[out->count++] = frame_of(s);
}

static void stack_of(uint64_t where, struct rf_model_stack *out) {
  out->count = out->more = 0;
  const struct rf_seg *seg = rf_epoch_lookup(rf_cell_epoch(where)).seg;
  for (uint32_t ctx = rf_cell_ctx(where); ctx > RF_CTX_ROOT;) {
    const struct rf_ctx_node node = rf_ctx_node_at(seg, ctx);
    for (const struct rf_site *s = node.site; s; s = s->kind == RF_SITE_LIB ? NULL : inlined_at(s))
      push(out, s);
    ctx = node.parent;
  }
}

static const struct rf_site *leaf_of(uint64_t where) {
  const uint32_t ctx = rf_cell_ctx(where);
  return ctx > RF_CTX_ROOT ? rf_ctx_node_at(rf_epoch_lookup(rf_cell_epoch(where)).seg, ctx).site : NULL;
}

static struct rf_model_who who_of(const struct rf_lthread *l) {
  return (struct rf_model_who){l->number, l->kind, l->name};
}

static struct rf_model_frame first_frame(uint64_t where) {
  const struct rf_site *s = where ? leaf_of(where) : NULL;
  return s ? frame_of(s) : (struct rf_model_frame){"", "", 0, 0};
}

static bool named(const char *name, const char *const *list) {
  while (*list && !rf_text_same(name, *list))
    list++;
  return *list;
}

static void side_build(struct rf_model_side *side, uint64_t cell, const struct rf_lthread *l) {
  static const char *const releasing[] = {"free", "realloc", "operator delete", "operator delete[]", "munmap", NULL};
  const struct rf_site *leaf = leaf_of(cell);
  side->write = cell & RF_CELL_WRITE;
  side->atomic = !(cell & RF_CELL_PLAIN);
  side->size = (uint32_t)__builtin_popcount(rf_cell_mask(cell));
  side->expr = side->type = side->library = "";
  if (leaf && leaf->kind == RF_SITE_LIB)
    side->library = ((const struct rf_libsite *)leaf)->name;
  else if (leaf)
    side->expr = rf_site_text(&leaf->expr), side->type = rf_site_text(&leaf->type);
  if (leaf && leaf->size)
    side->size = leaf->size;
  side->release_of_memory = named(side->library, releasing);
  side->who = who_of(l);
  stack_of(cell, &side->stack);
  side->sync_what = "";
}

static void locks_build(struct rf_model_side *side, const struct rf_held *held, uint32_t count,
                        rf_describe_fn *describe) {
  side->locks_known = true;
  side->lock_count = 0;
  for (uint32_t i = 0; i < count && i < RF_MODEL_LOCKS; i++) {
    static struct rf_model_memory memory; // under the report lock, and too large for small stacks
    memory = (struct rf_model_memory){.kind = RF_MEMORY_UNKNOWN, .name = ""};
    describe(held[i].lock, &memory);
    side->lock[side->lock_count++] = (struct rf_model_lock){held[i].lock, held[i].kind, memory.name,
                                                            held[i].exclusive != 0, first_frame(held[i].where)};
  }
}

static void sync_build(struct rf_model_side *side, const struct rf_last_sync *sync) {
  const struct rf_site *call = sync->where && !sync->what ? leaf_of(sync->where) : NULL;
  side->sync_what = sync->what ? sync->what : call && call->kind != RF_SITE_LIB ? rf_site_text(&call->expr) : "";
  side->sync_at = first_frame(sync->where);
}

// A pthread is named after the function it began with: that of the outermost frame. A frame of main there says
// only where a tool found the thread's work (tsan/rf_tsan_frame.c).
static void name_thread(struct rf_model_side *side) {
  const struct rf_model_stack *s = &side->stack;
  if (!*side->who.name && side->who.kind == RF_THREAD_PTHREAD && s->count && !s->more &&
      !rf_text_same("main", s->frame[s->count - 1].func))
    side->who.name = s->frame[s->count - 1].func;
}

static void birth_build(struct rf_model_birth *b, const struct rf_lthread *l, struct rf_model_who child) {
  b->known = l->parent != 0;
  if (!b->known)
    return;
  b->child = child;
  b->parent = who_of(rf_lthread_at(l->parent));
  stack_of(l->birth, &b->stack);
}

// ---- How to mend ----

static bool goroutines(const struct rf_model *m) {
  return m->now.who.kind == RF_THREAD_GOROUTINE || m->before.who.kind == RF_THREAD_GOROUTINE;
}

static const char *mend_of(const struct rf_model *m, const struct rf_lthread *now, const struct rf_lthread *before) {
  const bool go = goroutines(m);
  if (m->now.release_of_memory || m->before.release_of_memory)
    return go ? "release the memory only after every goroutine that uses it has finished (go_wg_wait)."
              : "release the memory only after every thread that uses it has finished (join it first).";
  if (m->now.atomic != m->before.atomic)
    return "one side is atomic and the other is not: make both atomic, or hold one mutex around both.";
  if (before->parent == now->index && m->before.write)
    return go ? "wait for the goroutine before using its result (go_wg_wait, or receive it from a channel); "
                "sleeping orders nothing."
              : "join the thread before using its result, or hold one mutex around both accesses.";
  if (m->now.lock_count && m->before.locks_known && m->before.lock_count)
    return "the two sides hold different locks: hold the same one around both.";
  if (m->now.lock_count || (m->before.locks_known && m->before.lock_count))
    return "one side holds a lock and the other does not: hold the same lock around both.";
  return go ? "hold one mutex around both (go_lock), make the access atomic (go_add), or wait for the goroutine "
              "(go_wg_wait)."
            : "hold one mutex around both, make the access atomic, or join the thread first.";
}

// ---- Identity ----

static uint64_t mix(uint64_t h, const char *s) {
  for (; *s; s++)
    h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
  return (h ^ 0xff) * UINT64_C(0x100000001b3);
}

static uint64_t mix_u(uint64_t h, uint64_t v) {
  for (unsigned i = 0; i < 8; i++, v >>= 8)
    h = (h ^ (v & 0xff)) * UINT64_C(0x100000001b3);
  return h;
}

// Functions, expressions and kinds name an access; lines and addresses move with unrelated edits.
static uint64_t side_id(const struct rf_model_side *s) {
  uint64_t h = mix(FNV_START, s->stack.count ? s->stack.frame[0].func : "");
  h = mix(h, s->expr);
  h = mix(h, s->library);
  if (*s->library && s->stack.count > 1)
    h = mix(h, s->stack.frame[1].func);
  return mix_u(h, (uint64_t)s->write << 1 | s->atomic);
}

static uint32_t id_of(const struct rf_model *m) {
  const uint64_t sum = side_id(&m->now) + side_id(&m->before); // the order of the two does not matter
  return (uint32_t)(sum ^ sum >> 32);
}

static uint64_t line_key(uint64_t cell) {
  uint64_t h = cell & RF_CELL_KIND;
  const struct rf_site *s = leaf_of(cell);
  if (s && s->kind == RF_SITE_LIB) { // told apart by where it was called
    const struct rf_seg *seg = rf_epoch_lookup(rf_cell_epoch(cell)).seg;
    const uint32_t parent = rf_ctx_node_at(seg, rf_cell_ctx(cell)).parent;
    h = mix(h, ((const struct rf_libsite *)s)->name);
    s = parent > RF_CTX_ROOT ? rf_ctx_node_at(seg, parent).site : NULL;
  }
  if (!s || s->kind == RF_SITE_LIB)
    return h;
  if (s->kind == RF_SITE_PC) {
    const struct rf_model_frame f = frame_of(s);
    return f.line ? mix_u(mix(h, f.file), f.line) : mix_u(h, (uintptr_t)s);
  }
  h = mix(h, rf_site_text(&s->file));
  return mix_u(h, (uint64_t)s->line << 16 | s->col);
}

uint64_t rf_race_key(const struct rf_race *race) { return line_key(race->now) + line_key(race->before); }

void rf_model_build(struct rf_model *m, const struct rf_race *race, rf_describe_fn *describe) {
  const struct rf_lthread *now = race->thread->self;
  const struct rf_lthread *before = rf_epoch_lookup(rf_cell_epoch(race->before)).thread;
  side_build(&m->now, race->now, now);
  side_build(&m->before, race->before, before);
  name_thread(&m->now);
  name_thread(&m->before);
  m->now.size = race->access_size < UINT32_MAX ? (uint32_t)race->access_size : UINT32_MAX;

  locks_build(&m->now, race->thread->held, race->thread->held_count, describe);
  sync_build(&m->now, &race->thread->last_sync);
  struct rf_epoch_note note;
  static struct rf_held held[RF_MODEL_LOCKS];
  uint32_t held_count = 0;
  m->before.locks_known = false;
  m->before.lock_count = 0;
  if (rf_epoch_note_find(rf_cell_epoch(race->before), &note, held, RF_MODEL_LOCKS, &held_count)) {
    sync_build(&m->before, &note.sync);
    if (held_count == note.held_count || held_count == RF_MODEL_LOCKS)
      locks_build(&m->before, held, held_count, describe);
  }

  m->memory.kind = RF_MEMORY_UNKNOWN;
  m->memory.addr = race->addr;
  m->memory.name = m->memory.type = m->memory.func = m->memory.file = "";
  m->memory.line = m->memory.owner = 0;
  m->memory.where = m->memory.size = m->memory.offset = 0;
  describe(race->addr, &m->memory);
  m->memory.stack.count = 0;
  if (m->memory.where) {
    stack_of(m->memory.where, &m->memory.stack);
    m->memory.by = who_of(rf_epoch_lookup(rf_cell_epoch(m->memory.where)).thread);
  }
  birth_build(&m->birth[0], now, m->now.who);
  birth_build(&m->birth[1], before, m->before.who);
  m->mend = mend_of(m, now, before);
  m->id = id_of(m);
}
