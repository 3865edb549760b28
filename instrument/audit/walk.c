#include "walk.h"

#include "memory.h"

#include <stdlib.h>

// Longer functions are gone through in pieces, in which nothing of the registers is known.
#define PIECE_INSNS 32768
#define PIECE_BYTES (PIECE_INSNS * 16)

enum known { KNOWN_NOTHING, KNOWN_STACK, KNOWN_NUMBER };

struct value {
  uint8_t known;
  uint64_t number;
};

struct state {
  struct value at[REGISTERS];
  bool framed;  // the frame's register leads into the stack all through the function
  bool trusted; // every arrival is known
};

static int by_address(const void *a, const void *b) {
  const struct target *x = a, *y = b;
  return x->address < y->address ? -1 : x->address > y->address;
}

void walker_add(struct walker *w, struct target t) {
  w->targets = audit_more(w->targets, w->target_count, sizeof *w->targets);
  w->targets[w->target_count++] = t;
}

void walker_order(struct walker *w) {
  if (w->target_count)
    qsort(w->targets, w->target_count, sizeof *w->targets, by_address);
}

bool walker_open(struct walker *w, const struct image *i) {
  *w = (struct walker){.image = i, .decoder = decoder_open(i->arch)};
  for (size_t n = 0; n < i->name_count; n++) {
    const enum entry e = entry_named(i->names[n].text);
    if (e != ENTRY_NONE)
      walker_add(w, (struct target){i->names[n].address, e, i->names[n].text});
  }
  walker_order(w);
  return w->decoder != NULL;
}

void walker_close(struct walker *w) {
  decoder_close(w->decoder);
  free(w->targets);
  free(w->insns);
  free(w->arrivals);
}

const struct target *walker_target(const struct walker *w, uint64_t address) {
  const struct target key = {.address = address};
  return w->target_count ? bsearch(&key, w->targets, w->target_count, sizeof key, by_address) : NULL;
}

// ---- What is known of registers ----

static void forget(const struct walker *w, struct state *s) {
  memset(s->at, 0, sizeof s->at);
  s->at[stack_register[w->image->arch]].known = KNOWN_STACK;
  if (s->framed)
    s->at[frame_register[w->image->arch]].known = KNOWN_STACK;
}

static void learn(const struct walker *w, struct state *s, const struct insn *in) {
  const uint8_t stack = stack_register[w->image->arch], frame = frame_register[w->image->arch];
  struct value v = {0};
  if (in->set == SET_VALUE)
    v = (struct value){KNOWN_NUMBER, in->value};
  else if (in->set == SET_COPY) {
    v = s->at[in->from];
    v.number += in->value;
  }
  const uint32_t lost = in->clobbers | (in->flow == FLOW_CALL ? call_clobbers[w->image->arch] : 0);
  for (unsigned n = 0; n < REGISTERS; n++)
    if (lost >> n & 1)
      s->at[n].known = KNOWN_NOTHING;
  if (in->set != SET_NOTHING)
    s->at[in->set_register] = v;
  s->at[stack].known = KNOWN_STACK;
  if (s->framed)
    s->at[frame].known = KNOWN_STACK;
  if (in->flow == FLOW_JUMP || in->flow == FLOW_END)
    forget(w, s);
}

static bool is_constant(const struct walker *w, uint64_t address) {
  const struct region *r = image_region(w->image, address);
  return r ? (r->flags & REGION_CONSTANT) != 0
           : address >= w->image->made_slots && address < w->image->made_end;
}

// Whether nobody else may write to the operand's memory, or it is the thread's own.
static bool is_private(const struct walker *w, const struct state *s, const struct operand *m) {
  const uint8_t stack = stack_register[w->image->arch], frame = frame_register[w->image->arch];
  if (m->is_thread_local || m->base == stack || (s->framed && m->base == frame))
    return true;
  if (m->is_fixed)
    return is_constant(w, m->value);
  if (m->base == REGISTER_NONE) // a table at a fixed address
    return m->index != REGISTER_NONE && is_constant(w, m->value);
  if (!s->trusted)
    return false;
  const struct value *base = &s->at[m->base];
  return base->known == KNOWN_STACK || (base->known == KNOWN_NUMBER && is_constant(w, base->number + m->value));
}

// ---- Steps ----

static void name_callee(const struct walker *w, const struct insn *in, struct walk_step *step) {
  const struct target *t = NULL;
  if (in->by_slot) {
    step->shown.callee = image_slot(w->image, in->target);
    step->entry = step->shown.callee ? entry_named(step->shown.callee) : ENTRY_NONE;
  } else if (in->has_target && (t = walker_target(w, in->target))) {
    step->shown.callee = t->name;
    step->entry = t->entry;
  }
}

static void make_step(const struct walker *w, const struct state *s, const struct insn *in,
                      struct walk_step *step) {
  struct site site;
  *step = (struct walk_step){.shown = {.insn = in}};
  step->touches_others = (in->loads || in->stores) && !is_private(w, s, &in->memory);
  if (in->loads || in->stores)
    step->shown.mark = step->touches_others ? MARK_MEMORY : MARK_PRIVATE;
  if (in->flow == FLOW_CALL || in->flow == FLOW_JUMP)
    name_callee(w, in, step);
  if (step->entry == ENTRY_CHECK || step->entry == ENTRY_TSAN_CHECK)
    step->shown.mark = MARK_CHECK;
  if (w->has_sites && in->set == SET_VALUE && site_read(w->image, in->value, &site))
    step->shown.site = in->value;
  if (in->sync == SYNC_SYSCALL) {
    const struct value *number = &s->at[w->image->arch == ARCH_X86_64 ? 0 : 8];
    step->number_known = number->known == KNOWN_NUMBER;
    step->shown.is_futex =
        step->number_known && (uint32_t)number->number == futex_number(w->image->arch == ARCH_X86_64);
    if (!step->number_known || step->shown.is_futex)
      step->shown.mark = MARK_SYNC;
  } else if (in->sync != SYNC_NONE)
    step->shown.mark = MARK_SYNC;
}

// ---- Pieces ----

struct piece {
  uint64_t address, bytes;
  size_t count;
  bool whole;
};

static struct insn *next_insn(struct walker *w, struct piece *p) {
  if (p->count == w->insn_room) {
    w->insn_room = w->insn_room ? w->insn_room * 2 : 256;
    w->insns = audit_grow(w->insns, w->insn_room, sizeof *w->insns);
  }
  return &w->insns[p->count++];
}

static void note_arrivals(struct walker *w, const struct piece *p) {
  if (p->bytes / 8 + 1 > w->arrival_room) {
    w->arrival_room = p->bytes / 4 + 1;
    w->arrivals = audit_grow(w->arrivals, w->arrival_room, 1);
  }
  memset(w->arrivals, 0, p->bytes / 8 + 1);
  for (size_t n = 0; n < p->count; n++) {
    const struct insn *in = &w->insns[n];
    const uint64_t offset = in->target - p->address;
    if (in->has_target && in->flow != FLOW_CALL && in->target >= p->address && offset < p->bytes)
      w->arrivals[offset / 8] |= (uint8_t)(1 << offset % 8);
  }
}

// The frame's register: set from the stack's, and otherwise only restored.
static bool is_framed(const struct walker *w, const struct piece *p) {
  const uint8_t stack = stack_register[w->image->arch], frame = frame_register[w->image->arch];
  bool set = false;
  for (size_t n = 0; n < p->count && p->whole; n++) {
    const struct insn *in = &w->insns[n];
    if (in->set == SET_COPY && in->set_register == frame && in->from == stack)
      set = true;
    else if (in->clobbers >> frame & 1 && !in->restores)
      return false;
  }
  return set;
}

static bool jumps_anywhere(const struct walker *w, const struct piece *p) {
  for (size_t n = 0; n < p->count; n++)
    if (w->insns[n].flow == FLOW_JUMP && w->insns[n].is_indirect && !w->insns[n].by_slot)
      return true;
  return false;
}

static void walk_piece(struct walker *w, const struct piece *p,
                       void (*visit)(const struct walk_step *s, void *arg), void *arg) {
  struct state s = {0};
  struct walk_step step;
  note_arrivals(w, p);
  s.framed = is_framed(w, p);
  s.trusted = p->whole && !jumps_anywhere(w, p);
  forget(w, &s);
  for (size_t n = 0; n < p->count; n++) {
    const struct insn *in = &w->insns[n];
    const uint64_t offset = in->address - p->address;
    if (w->arrivals[offset / 8] >> offset % 8 & 1)
      forget(w, &s);
    make_step(w, &s, in, &step);
    visit(&step, arg);
    learn(w, &s, in);
  }
}

void walk(struct walker *w, uint64_t address, uint64_t size,
          void (*visit)(const struct walk_step *s, void *arg), void *arg) {
  struct bytes code = image_bytes(w->image, address, size);
  for (uint64_t at = 0; code.at && at < size;) {
    struct piece p = {.address = address + at};
    while (p.count < PIECE_INSNS && p.bytes < PIECE_BYTES - 16 && at < size) {
      struct insn *in = next_insn(w, &p);
      decode(w->decoder, bytes_part(code, at, size - at), address + at, in);
      at += in->size;
      p.bytes += in->size;
    }
    p.whole = p.bytes == size;
    walk_piece(w, &p, visit, arg);
  }
}
