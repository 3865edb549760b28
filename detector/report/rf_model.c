#include "rf_model.h"

#include "rf_mend.h"
#include "rf_miss.h"
#include "rf_parts.h"
#include "rf_text.h"

static bool named(const char *name, const char *const *list) {
  while (*list && !rf_text_same(name, *list))
    list++;
  return *list;
}

static void side_build(struct rf_model_side *side, uint64_t cell) {
  static const char *const releasing[] = {
      "free", "realloc", "operator delete", "operator delete[]", "munmap", "thread exit", NULL};
  const rf_place place = rf_place_of_cell(cell);
  const struct rf_site *leaf = rf_place_leaf(place);
  side->write = cell & RF_CELL_WRITE;
  side->atomic = !(cell & RF_CELL_PLAIN);
  side->size = (uint32_t)__builtin_popcount(rf_cell_mask(cell));
  side->expr = side->type = side->library = "";
  if (leaf && leaf->kind == RF_SITE_LIB)
    side->library = ((const struct rf_libsite *)leaf)->name;
  else if (leaf && leaf->kind == RF_SITE_CALL) // a lock's function, say, which uses the lock's memory
    side->library = rf_site_text(&leaf->expr);
  else if (leaf)
    side->expr = rf_site_text(&leaf->expr), side->type = rf_site_text(&leaf->type);
  side->update = !*side->library && leaf && leaf->kind & RF_SITE_UPDATE;
  side->polled = !*side->library && leaf && leaf->kind & RF_SITE_POLLED;
  if (leaf && leaf->size)
    side->size = leaf->size;
  side->release_of_memory = named(side->library, releasing);
  rf_place_stack(place, &side->stack);
  side->who = rf_place_who(place, &side->stack);
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
    side->lock[side->lock_count++] = (struct rf_model_lock){
        held[i].lock, held[i].kind, memory.name, held[i].exclusive != 0, rf_place_frame(held[i].where)};
  }
}

static void sync_build(struct rf_model_side *side, const struct rf_last_sync *sync) {
  const struct rf_site *call = sync->what ? NULL : rf_place_leaf(sync->where);
  side->sync_what = sync->what                          ? sync->what
                    : call && call->kind != RF_SITE_LIB ? rf_site_text(&call->expr)
                                                        : "";
  side->sync_at = rf_place_frame(sync->where);
}

static void birth_build(struct rf_model_birth *b, const struct rf_lthread *l, struct rf_model_who child) {
  b->known = l->birth != 0;
  if (!b->known)
    return;
  b->child = child;
  rf_place_stack(l->birth, &b->stack);
  b->parent = rf_place_who(l->birth, &b->stack);
}

static bool libraries(const struct rf_model *m, const char *one, const char *other) {
  return (rf_text_same(m->now.library, one) && rf_text_same(m->before.library, other)) ||
         (rf_text_same(m->now.library, other) && rf_text_same(m->before.library, one));
}

// Uses of an object of the goroutine library that exclude each other are noted in the object, in a field that is no
// business of the program.
static const char *object_of(const struct rf_model *m) {
  static const struct {
    const char *one, *other, *object;
  } rows[] = {{"go_wg_wait", "go_wg_add", "wait group"},
              {"go_close", "go_send", "channel"},
              {"go_close", "go_close", "channel"},
              {"go_free", "go_send", "channel"},
              {"go_free", "go_close", "channel"}};
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
    if (libraries(m, rows[i].one, rows[i].other))
      return rows[i].object;
  return "";
}

#define WRAPPERS 4u // of each other, at most

// What the block is allocated as stands at the call of malloc and its kin, if the compiler knew it.
static void block_build(struct rf_model *m) {
  struct rf_model_memory *v = &m->memory;
  const struct rf_site *leaf = v->where ? rf_place_leaf(v->where) : NULL;
  const char *layout = "";
  // Wrappers of malloc leave it to their callers.
  for (unsigned up = 1; leaf && leaf->kind == RF_SITE_LIB && up <= WRAPPERS; up++) {
    const struct rf_site *call = rf_place_call(v->where, up);
    layout = call && call->kind == RF_SITE_CALL ? rf_site_text(&call->type) : "";
    if (!rf_layout_is_callers(layout))
      break;
  }
  char *at = m->path + 1;
  struct rf_text path = {at, 0, sizeof m->path - 1};
  m->block.size = 0;
  *at = 0;
  if (!rf_layout_block(layout, &m->block) || m->block.size > v->size) {
    m->block.size = 0;
    return;
  }
  v->layout = layout;
  rf_layout_path(layout, v->offset, &path, &m->part);
  if (*at == '.') { // of the structure that the pointer points to
    m->path[0] = '-';
    *at = '>';
  } else {
    __builtin_memmove(m->path, at, path.len + 1);
  }
}

static void path_build(struct rf_model *m) {
  const struct rf_model_memory *v = &m->memory;
  struct rf_text path = {m->path, 0, sizeof m->path};
  m->path[0] = 0;
  m->part.size = 0;
  block_build(m);
  if (!*v->name || !*v->layout)
    return;
  rf_text_add(&path, v->name);
  rf_layout_path(v->layout, v->offset, &path, &m->part);
  if (!m->part.size)
    m->path[0] = 0;
}

// ---- Identity ----

// Functions, expressions and kinds name an access; lines and addresses move with unrelated edits.
static uint64_t side_id(const struct rf_model_side *s) {
  uint64_t h = rf_mix(RF_MIX_START, s->stack.count ? s->stack.frame[0].func : "");
  h = rf_mix(h, s->expr);
  h = rf_mix(h, s->library);
  if (*s->library && s->stack.count > 1)
    h = rf_mix(h, s->stack.frame[1].func);
  // Whether the read of `x++` is checked beside its write depends on the level of optimisation.
  const bool write = s->write || s->update;
  return rf_mix_u(h, (uint64_t)write << 1 | s->atomic);
}

static uint32_t id_of(const struct rf_model *m) {
  const uint64_t sum = side_id(&m->now) + side_id(&m->before); // the order of the two does not matter
  return (uint32_t)(sum ^ sum >> 32);
}

static uint64_t cell_key(uint64_t cell) {
  return rf_mix_u(rf_place_line_key(rf_place_of_cell(cell)), cell & RF_CELL_KIND);
}

uint64_t rf_race_key(const struct rf_race *race) { return cell_key(race->now) + cell_key(race->before); }

void rf_model_build(struct rf_model *m, const struct rf_race *race, rf_describe_fn *describe) {
  const struct rf_lthread *now = race->thread->self;
  const struct rf_lthread *before = rf_epoch_lookup(rf_cell_epoch(race->before)).thread;
  side_build(&m->now, race->now);
  side_build(&m->before, race->before);
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
  m->memory.name = m->memory.type = m->memory.func = m->memory.file = m->memory.layout = "";
  m->memory.line = m->memory.owner = 0;
  m->memory.where = m->memory.size = m->memory.offset = 0;
  m->memory.released = m->before.release_of_memory ? rf_place_of_cell(race->before) : 0;
  describe(race->addr, &m->memory);
  m->memory.stack.count = 0;
  if (m->memory.where) {
    rf_place_stack(m->memory.where, &m->memory.stack);
    m->memory.by = rf_place_who(m->memory.where, &m->memory.stack);
  }
  birth_build(&m->birth[0], now, m->now.who);
  birth_build(&m->birth[1], before, m->before.who);
  m->kind = m->before.release_of_memory ? "use after free" : "data race";
  m->object = object_of(m);
  path_build(m);
  rf_miss_build(m, race, describe);
  struct rf_text mend = {m->mend, 0, sizeof m->mend};
  rf_mend(&mend, m);
  m->id = id_of(m);
}
