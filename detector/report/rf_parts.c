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

// A walk from the innermost frame of a place outwards, through calls that were inlined too.
struct walk {
  rf_place where;
  uint32_t ctx; // of the sites still to come
  const struct rf_site *site;
};

static struct walk walk_begin(rf_place where) { return (struct walk){where, rf_place_ctx(where), NULL}; }

// NULL: there is no other.
static const struct rf_site *walk_on(struct walk *w) {
  w->site = w->site && w->site->kind != RF_SITE_LIB ? inlined_at(w->site) : NULL;
  if (!w->site && w->ctx > RF_CTX_ROOT) {
    const struct rf_ctx_node node = node_at(w->where, w->ctx);
    w->site = node.site;
    w->ctx = node.parent;
  }
  return w->site;
}

void rf_place_stack(rf_place where, struct rf_model_stack *out) {
  struct walk w = walk_begin(where);
  out->count = out->more = 0;
  while (walk_on(&w))
    push(out, w.site);
}

const struct rf_site *rf_place_leaf(rf_place where) {
  const uint32_t ctx = rf_place_ctx(where);
  return ctx > RF_CTX_ROOT ? node_at(where, ctx).site : NULL;
}

const struct rf_site *rf_place_call(rf_place where, unsigned up) {
  struct walk w = walk_begin(where);
  while (walk_on(&w) && up)
    up--;
  return w.site;
}

struct rf_model_who rf_lthread_who(const struct rf_lthread *l) {
  return (struct rf_model_who){l->number, l->kind, l->name};
}

bool rf_frame_in_library(const struct rf_model_frame *f) {
  static const char *const scopes[] = {"std::", "__gnu_cxx::", "__gthread_"};
  for (unsigned i = 0; i < sizeof scopes / sizeof *scopes; i++) {
    const char *s = scopes[i], *func = f->func;
    while (*s && *s == *func)
      s++, func++;
    if (!*s)
      return true;
  }
  return false;
}

// The function that the program gave the thread to run.
static const char *outermost(const struct rf_model_stack *s) {
  for (uint32_t i = s->count; i-- > 0;)
    if (!rf_frame_in_library(&s->frame[i]))
      return s->frame[i].func;
  return s->frame[s->count - 1].func;
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
    who.name = outermost(stack);
  return who;
}

struct rf_model_frame rf_place_frame(rf_place where) {
  static struct rf_model_stack stack; // under the report lock, and too large for small stacks
  rf_place_stack(where, &stack);
  const struct rf_model_frame *f = rf_stack_place(&stack);
  return f ? *f : (struct rf_model_frame){"", "", 0, 0};
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

// Bytes of the UTF-8 character at s, 0: it is none.
static unsigned utf8_length(const unsigned char *s) {
  const unsigned n = *s < 0x80                 ? 1
                     : *s >= 0xc2 && *s < 0xe0 ? 2
                     : *s >= 0xe0 && *s < 0xf0 ? 3
                     : *s >= 0xf0 && *s < 0xf5 ? 4
                                               : 0;
  for (unsigned i = 1; i < n; i++)
    if ((s[i] & 0xc0) != 0x80)
      return 0;
  return n;
}

static bool is_harmless(const unsigned char *s, unsigned n) {
  if (n == 1)
    return (*s >= ' ' || *s == '\t') && *s != 0x7f;
  if (n == 2)
    return *s != 0xc2 || s[1] >= 0xa0; // U+0080 to U+009F steer terminals
  const bool overrides = s[0] == 0xe2 && s[1] == 0x80 && s[2] >= 0xaa && s[2] <= 0xae; // U+202A to U+202E
  const bool isolates = s[0] == 0xe2 && s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9;  // U+2066 to U+2069
  return n && !overrides && !isolates;
}

void rf_put_text(struct rf_out *o, const char *s) {
  while (*s) {
    const unsigned n = utf8_length((const unsigned char *)s);
    if (is_harmless((const unsigned char *)s, n))
      rf_text_add_n(o->text, s, n);
    else
      rf_put(o, "?");
    s += n ? n : 1;
  }
}

void rf_put_name(struct rf_out *o, const char *s) {
  rf_put(o, "`");
  rf_put_text(o, s);
  rf_put(o, "`");
}

static unsigned columns(const char *s, size_t n) {
  unsigned count = 0;
  for (size_t i = 0; i < n; i++)
    count += ((unsigned char)s[i] & 0xc0) != 0x80;
  return count;
}

#define WIDTH 80u
#define LONGEST_PARAGRAPH 4096u

void rf_fill(struct rf_out *o, size_t from) {
  static char copy[LONGEST_PARAGRAPH]; // under the report lock, and too large for small stacks
  const size_t n = o->text->len - from;
  unsigned column = 0;
  if (n > sizeof copy)
    return;
  for (size_t i = 0; i < n; i++)
    copy[i] = o->text->at[from + i];
  o->text->len = from;
  for (size_t i = 0; i < n;) {
    size_t blanks = 0, word = 0;
    bool quoted = false;
    while (i + blanks < n && copy[i + blanks] == ' ')
      blanks++;
    const char *start = copy + i + blanks;
    for (; i + blanks + word < n && (quoted || start[word] != ' '); word++)
      quoted ^= start[word] == '`';
    if (column && column + blanks + columns(start, word) > WIDTH) {
      rf_put(o, "\n    ");
      column = 4;
    } else {
      rf_text_add_n(o->text, copy + i, blanks);
      column += (unsigned)blanks;
    }
    rf_text_add_n(o->text, start, word);
    column += columns(start, word);
    i += blanks + word;
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

// Columns before the text of a source line, `    > 1234 | `.
#define GUTTER 13u
#define LONGEST_LINE 1024u

// What is shown of a source line: all, or a part around the place with dots for the rest.
struct window {
  size_t first, end;
  bool cut_first, cut_end;
};

static struct window window_of(const char *line, uint32_t col) {
  const size_t room = WIDTH - GUTTER, dots = 3;
  size_t len = 0, blank = 0;
  while (line[len])
    len++;
  struct window w = {0, len, false, false};
  if (len <= room)
    return w;
  while (line[blank] == ' ' || line[blank] == '\t')
    blank++;
  w.first = blank; // the indentation goes first
  if (col > room / 2 && len - blank > room) {
    w.first = col - 1 - room / 2;
    w.first = w.first > len - room + dots ? len - room + dots : w.first;
    w.first = w.first < blank ? blank : w.first;
    w.cut_first = w.first > blank;
  }
  const size_t left = room - (w.cut_first ? dots : 0);
  w.cut_end = len - w.first > left;
  w.end = w.cut_end ? w.first + left - dots : len;
  while (w.cut_first && w.first < w.end && ((unsigned char)line[w.first] & 0xc0) == 0x80)
    w.first++;
  while (w.cut_end && w.end > w.first && ((unsigned char)line[w.end] & 0xc0) == 0x80)
    w.end--;
  return w;
}

static void put_source_line(struct rf_out *o, uint32_t number, bool here, char *line, const struct window *w) {
  rf_put(o, here ? "    > " : "      ");
  for (uint32_t width = 1000; width > 1 && number < width; width /= 10)
    rf_put(o, " ");
  rf_put_u(o, number);
  rf_put(o, " | ");
  const char cut = line[w->end];
  line[w->end] = 0;
  rf_put(o, w->cut_first ? "..." : "");
  rf_put_text(o, line + w->first);
  rf_put(o, w->cut_end ? "...\n" : "\n");
  line[w->end] = cut;
}

// Returns the columns used.
static size_t put_caret(struct rf_out *o, const char *line, uint32_t col, const struct window *w) {
  size_t at = w->cut_first ? 3 : 0;
  rf_put(o, "           | ");
  rf_put(o, w->cut_first ? "   " : "");
  for (size_t i = w->first; i + 1 < col && line[i]; i++) {
    if (((unsigned char)line[i] & 0xc0) == 0x80)
      continue;
    rf_put(o, line[i] == '\t' ? "\t" : " ");
    at++;
  }
  rf_style(o, RF_STYLE_RED);
  rf_put(o, "^");
  rf_style(o, RF_STYLE_PLAIN);
  return GUTTER + at + 1;
}

const struct rf_model_frame *rf_stack_place(const struct rf_model_stack *s) {
  const struct rf_model_frame *innermost = NULL;
  for (uint32_t i = 0; i < s->count; i++) {
    if (!s->frame[i].line)
      continue;
    if (!rf_frame_in_library(&s->frame[i]))
      return &s->frame[i];
    if (!innermost)
      innermost = &s->frame[i];
  }
  return innermost;
}

// Behind the caret if there is room, else on a line of its own.
static void put_effect_after(struct rf_out *o, size_t column,
                             void (*effect)(struct rf_out *, const struct rf_model_side *),
                             const struct rf_model_side *side) {
  const size_t from = o->text->len;
  effect(o, side);
  if (column + columns(o->text->at + from, o->text->len - from) <= WIDTH)
    return;
  o->text->len = from;
  rf_put(o, "\n           |");
  effect(o, side);
}

void rf_put_source(struct rf_out *o, const struct rf_model_stack *stack,
                   void (*effect)(struct rf_out *o, const struct rf_model_side *side),
                   const struct rf_model_side *side) {
  const struct rf_model_frame *f = rf_stack_place(stack);
  char line[LONGEST_LINE];
  if (!f)
    return;
  if (f->line > 1 && o->env->source_line(f->file, f->line - 1, line, sizeof line)) {
    const struct window w = window_of(line, 0);
    put_source_line(o, f->line - 1, false, line, &w);
  }
  if (!o->env->source_line(f->file, f->line, line, sizeof line)) {
    if (side && *side->expr) {
      rf_put(o, "   ");
      effect(o, side);
      rf_put(o, "\n");
    }
    return;
  }
  const struct window w = window_of(line, f->col);
  put_source_line(o, f->line, true, line, &w);
  if (!f->col)
    return;
  const size_t column = put_caret(o, line, f->col, &w);
  if (side)
    put_effect_after(o, column, effect, side);
  rf_put(o, "\n");
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
  // What the place calls, a function of a library, made the access; otherwise the place itself did.
  const struct rf_model_frame *by = f && f > s->frame ? f - 1 : s->frame;
  if (f) {
    rf_put(o, " at ");
    rf_put_place(o, f);
  }
  rf_put(o, " in ");
  rf_put_text(o, *by->func ? by->func : "??");
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

void rf_put_end(struct rf_out *o, uint32_t id, const char *suppress, const char *kind,
                const struct rf_model_stack *at) {
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
