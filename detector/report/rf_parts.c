#include "rf_parts.h"

#include "rf_text.h"

// ---- Identity ----

uint64_t rf_mix(uint64_t h, const char *s) {
  for (; *s; s++)
    h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
  return (h ^ 0xff) * UINT64_C(0x100000001b3);
}

uint64_t rf_mix_u(uint64_t h, uint64_t v) {
  for (unsigned i = 0; i < 8; i++, v >>= 8)
    h = (h ^ (v & 0xff)) * UINT64_C(0x100000001b3);
  return h;
}
// ---- Places ----

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

rf_place rf_place_of_cell(uint64_t cell) {
  const struct rf_epoch_owner o = rf_epoch_lookup(rf_cell_epoch(cell));
  return rf_place_make(o.thread->number, o.thread->kind == RF_THREAD_GOROUTINE, rf_seg_index(o.seg),
                       rf_cell_ctx(cell));
}

static struct rf_ctx_node node_at(rf_place where, uint32_t ctx) {
  return rf_ctx_node_at(rf_seg_at(rf_place_seg(where)), ctx);
}

void rf_place_stack(rf_place where, struct rf_model_stack *out) {
  out->count = out->more = 0;
  for (uint32_t ctx = rf_place_ctx(where); ctx > RF_CTX_ROOT;) {
    const struct rf_ctx_node node = node_at(where, ctx);
    for (const struct rf_site *s = node.site; s; s = s->kind == RF_SITE_LIB ? NULL : inlined_at(s))
      push(out, s);
    ctx = node.parent;
  }
}

const struct rf_site *rf_place_leaf(rf_place where) {
  const uint32_t ctx = rf_place_ctx(where);
  return ctx > RF_CTX_ROOT ? node_at(where, ctx).site : NULL;
}

struct rf_model_who rf_lthread_who(const struct rf_lthread *l) {
  return (struct rf_model_who){l->number, l->kind, l->name};
}

// Of a thread whose record may be gone.
struct rf_model_who rf_place_who(rf_place where, const struct rf_model_stack *stack) {
  const struct rf_lthread *l = rf_lthread_numbered(rf_place_number(where));
  struct rf_model_who who = {rf_place_number(where),
                             rf_place_goroutine(where) ? RF_THREAD_GOROUTINE : RF_THREAD_PTHREAD, ""};
  if (l)
    who = rf_lthread_who(l);
  // A frame of main there says only where a tool found the thread's work (tsan/rf_tsan_frame.c), and one of the
  // library's alone that the thread's own function had ended.
  const struct rf_site *leaf = rf_place_leaf(where);
  if (stack->count == 1 && leaf && leaf->kind == RF_SITE_LIB)
    return who;
  if (!*who.name && who.kind == RF_THREAD_PTHREAD && stack->count && !stack->more &&
      !rf_text_same("main", stack->frame[stack->count - 1].func))
    who.name = stack->frame[stack->count - 1].func;
  return who;
}

struct rf_model_frame rf_place_frame(rf_place where) {
  const struct rf_site *s = rf_place_leaf(where);
  return s ? frame_of(s) : (struct rf_model_frame){"", "", 0, 0};
}

uint64_t rf_place_line_key(rf_place place) {
  uint64_t h = 0;
  const struct rf_site *s = rf_place_leaf(place);
  if (s && s->kind == RF_SITE_LIB) { // told apart by where it was called
    const uint32_t parent = node_at(place, rf_place_ctx(place)).parent;
    h = rf_mix(h, ((const struct rf_libsite *)s)->name);
    s = parent > RF_CTX_ROOT ? node_at(place, parent).site : NULL;
  }
  if (!s || s->kind == RF_SITE_LIB)
    return h;
  if (s->kind == RF_SITE_PC) {
    const struct rf_model_frame f = frame_of(s);
    return f.line ? rf_mix_u(rf_mix(h, f.file), f.line) : rf_mix_u(h, (uintptr_t)s);
  }
  h = rf_mix(h, rf_site_text(&s->file));
  return rf_mix_u(h, (uint64_t)s->line << 16 | s->col);
}

// ---- Text ----

void rf_put(struct rf_out *o, const char *s) { rf_text_add(o->text, s); }
void rf_put_text(struct rf_out *o, const char *s) {
  char piece[64];
  while (*s) {
    size_t n = 0;
    for (; *s && n < sizeof piece; s++)
      piece[n++] = ((unsigned char)*s < ' ' && *s != '\t') || *s == 0x7f ? '?' : *s;
    rf_text_add_n(o->text, piece, n);
  }
}
void rf_put_u(struct rf_out *o, uint64_t v) { rf_text_add_u(o->text, v); }
void rf_put_hex(struct rf_out *o, uint64_t v) {
  rf_put(o, "0x");
  rf_text_add_hex(o->text, v);
}
void rf_style(struct rf_out *o, const char *code) {
  if (o->env->color)
    rf_put(o, code);
}

void rf_put_place(struct rf_out *o, const struct rf_model_frame *f) {
  rf_put_text(o, f->file);
  rf_put(o, ":");
  rf_put_u(o, f->line);
  if (f->col) {
    rf_put(o, ":");
    rf_put_u(o, f->col);
  }
}

void rf_put_who(struct rf_out *o, const struct rf_model_who *w, bool capital) {
  if (w->kind == RF_THREAD_MAIN) {
    rf_put(o, capital ? "Main" : "main");
    return;
  }
  if (w->kind == RF_THREAD_GOROUTINE)
    rf_put(o, capital ? "Goroutine " : "goroutine ");
  else if (w->kind == RF_THREAD_FIBER)
    rf_put(o, capital ? "Fiber " : "fiber ");
  else
    rf_put(o, capital ? "Thread " : "thread ");
  rf_put_u(o, w->number);
  if (*w->name) {
    rf_put(o, " `");
    rf_put_text(o, w->name);
    rf_put(o, "`");
  }
}

// ---- Source ----

static void put_line_number(struct rf_out *o, uint32_t line, bool here) {
  rf_put(o, here ? "    > " : "      ");
  for (uint32_t width = 1000; width > 1 && line < width; width /= 10)
    rf_put(o, " ");
  rf_put_u(o, line);
  rf_put(o, " | ");
}

static void put_caret(struct rf_out *o, const char *line, uint32_t col) {
  rf_put(o, "           | ");
  for (uint32_t i = 1; i < col && line[i - 1]; i++)
    rf_put(o, line[i - 1] == '\t' ? "\t" : " ");
  rf_style(o, RF_STYLE_RED);
  rf_put(o, "^");
  rf_style(o, RF_STYLE_PLAIN);
}

// The innermost frame with a source line: that of the access, or of the call of a library function.
const struct rf_model_frame *rf_stack_place(const struct rf_model_stack *s) {
  for (uint32_t i = 0; i < s->count; i++)
    if (s->frame[i].line)
      return &s->frame[i];
  return NULL;
}

void rf_put_source(struct rf_out *o, const struct rf_model_stack *stack,
                   void (*effect)(struct rf_out *o, const struct rf_model_side *side), const struct rf_model_side *side) {
  const struct rf_model_frame *f = rf_stack_place(stack);
  char line[160];
  if (!f)
    return;
  if (f->line > 1 && o->env->source_line(f->file, f->line - 1, line, sizeof line)) {
    put_line_number(o, f->line - 1, false);
    rf_put_text(o, line);
    rf_put(o, "\n");
  }
  if (!o->env->source_line(f->file, f->line, line, sizeof line)) {
    if (side && *side->expr) {
      rf_put(o, "   ");
      effect(o, side);
      rf_put(o, "\n");
    }
    return;
  }
  put_line_number(o, f->line, true);
  rf_put_text(o, line);
  rf_put(o, "\n");
  if (f->col) {
    put_caret(o, line, f->col);
    if (side)
      effect(o, side);
    rf_put(o, "\n");
  }
}

void rf_put_stack(struct rf_out *o, const struct rf_model_stack *s) {
  for (uint32_t i = 0; i < s->count; i++) {
    rf_put(o, "    #");
    rf_put_u(o, i);
    rf_put(o, " ");
    rf_put_text(o, *s->frame[i].func ? s->frame[i].func : "??");
    if (s->frame[i].line) {
      rf_put(o, " ");
      rf_put_place(o, &s->frame[i]);
    } else if (*s->frame[i].file) { // module+offset
      rf_put(o, " (");
      rf_put_text(o, s->frame[i].file);
      rf_put(o, ")");
    }
    rf_put(o, "\n");
  }
  if (s->more) {
    rf_put(o, "    ... ");
    rf_put_u(o, s->more);
    rf_put(o, " more frames\n");
  }
}


void rf_put_at(struct rf_out *o, const struct rf_model_stack *s) {
  const struct rf_model_frame *f = rf_stack_place(s);
  if (!s->count)
    return;
  if (f) {
    rf_put(o, " at ");
    rf_put_place(o, f);
  }
  rf_put(o, " in ");
  rf_put_text(o, *s->frame[0].func ? s->frame[0].func : "??");
}

// ---- First and last lines ----

void rf_put_title(struct rf_out *o, const char *kind) {
  rf_put(o, "==");
  rf_put_u(o, (uint64_t)o->env->pid);
  rf_put(o, "== ");
  rf_style(o, RF_STYLE_RED);
  rf_put(o, "WARNING: Redflag: ");
  rf_put(o, kind);
}

void rf_put_end(struct rf_out *o, uint32_t id, const char *suppress, const char *kind, const struct rf_model_stack *at) {
  rf_put(o, "\n  id: ");
  char digits[9];
  for (unsigned i = 0; i < 8; i++)
    digits[i] = "0123456789abcdef"[id >> (28 - 4 * i) & 15];
  digits[8] = 0;
  rf_put(o, digits);
  const struct rf_model_frame *place = rf_stack_place(at);
  if (place && *place->func) {
    rf_put(o, "  suppress with: ");
    rf_put(o, suppress);
    rf_put(o, ":");
    rf_put_text(o, place->func);
  }
  rf_put(o, "\nSUMMARY: Redflag: ");
  rf_put(o, kind);
  if (place) {
    rf_put(o, " ");
    rf_put_place(o, place);
    rf_put(o, " in ");
    rf_put_text(o, *place->func ? place->func : "??");
  } else if (at->count) {
    rf_put(o, " in ");
    rf_put_text(o, at->frame[0].func);
  }
  rf_put(o, "\n\n");
}
