#include "rf_json.h"

#include "rf_parts.h"

// How much of what may be long is shown: all, unless the line would not fit.
struct limits {
  uint32_t frames;
  size_t string, text;
};
static const struct limits limits[] = {{RF_MODEL_FRAMES, 4096, 64 << 10}, {64, 512, 16 << 10}, {8, 128, 0}};
#define LIMITS (sizeof limits / sizeof *limits)

struct json {
  struct rf_text *text;
  struct limits most;
};

static bool is_full(const struct rf_text *t) { return t->len + 1 >= t->cap; }

// ---- Strings ----

// Length of the UTF-8 sequence at s (Unicode 15, table 3-7), 0: it is none.
static size_t sequence(const unsigned char *s) {
  static const struct {
    unsigned char from, to, second_from, second_to, length;
  } rows[] = {{0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
              {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
              {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
  size_t row = 0;
  while (row < sizeof rows / sizeof *rows && !(*s >= rows[row].from && *s <= rows[row].to))
    row++;
  if (row == sizeof rows / sizeof *rows)
    return 0;
  if (rows[row].length > 1 && (s[1] < rows[row].second_from || s[1] > rows[row].second_to))
    return 0;
  for (size_t i = 2; i < rows[row].length; i++)
    if (s[i] < 0x80 || s[i] > 0xbf)
      return 0;
  return rows[row].length;
}

static void escape(struct rf_text *out, unsigned char c) {
  static const char shorthand[][3] = {['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f",
                                      ['\r'] = "\\r", ['"'] = "\\\"", ['\\'] = "\\\\"};
  if (c < sizeof shorthand / sizeof *shorthand && *shorthand[c]) {
    rf_text_add(out, shorthand[c]);
    return;
  }
  rf_text_add(out, c < 0x10 ? "\\u000" : "\\u00");
  rf_text_add_hex(out, c);
}

void rf_json_string(struct rf_text *out, const char *s, size_t max) {
  const unsigned char *p = (const unsigned char *)s;
  rf_text_add(out, "\"");
  while (*p && (size_t)(p - (const unsigned char *)s) < max) {
    const size_t n = sequence(p);
    if (!n)
      rf_text_add(out, "\xef\xbf\xbd");
    else if (*p < ' ' || *p == '"' || *p == '\\' || *p == 0x7f)
      escape(out, *p);
    else
      rf_text_add_n(out, (const char *)p, n);
    p += n ? n : 1;
  }
  rf_text_add(out, *p ? "...\"" : "\"");
}

// ---- Fields ----
// Each is written with the comma before it, unless it is the first of its object.

static void key(struct json *j, const char *name) {
  const char last = j->text->len ? j->text->at[j->text->len - 1] : '{';
  if (last != '{' && last != '[')
    rf_text_add(j->text, ",");
  rf_text_add(j->text, "\"");
  rf_text_add(j->text, name);
  rf_text_add(j->text, "\":");
}
static void element(struct json *j) {
  if (j->text->at[j->text->len - 1] != '[')
    rf_text_add(j->text, ",");
}
static void string(struct json *j, const char *name, const char *value) {
  key(j, name);
  rf_json_string(j->text, value, j->most.string);
}
static void known(struct json *j, const char *name, const char *value) {
  if (*value)
    string(j, name, value);
}
static void number(struct json *j, const char *name, uint64_t value) {
  key(j, name);
  rf_text_add_u(j->text, value);
}
static void flag(struct json *j, const char *name, bool value) {
  key(j, name);
  rf_text_add(j->text, value ? "true" : "false");
}
// Readers keep numbers in 53 or 63 bits, so what may need 64 is text.
static void hex(struct json *j, const char *name, uint64_t value) {
  key(j, name);
  rf_text_add(j->text, "\"0x");
  rf_text_add_hex(j->text, value);
  rf_text_add(j->text, "\"");
}
static void open_object(struct json *j, const char *name) {
  key(j, name);
  rf_text_add(j->text, "{");
}
static void open_list(struct json *j, const char *name) {
  key(j, name);
  rf_text_add(j->text, "[");
}
static void open_element(struct json *j) {
  element(j);
  rf_text_add(j->text, "{");
}
static void close(struct json *j, const char *bracket) { rf_text_add(j->text, bracket); }

// ---- Parts ----

static void frame(struct json *j, const struct rf_model_frame *f) {
  known(j, "function", f->func);
  known(j, "file", f->file);
  if (!f->line)
    return;
  number(j, "line", f->line);
  if (f->col)
    number(j, "column", f->col);
}

static void stack(struct json *j, const char *name, const struct rf_model_stack *s) {
  const uint32_t shown = s->count < j->most.frames ? s->count : j->most.frames;
  open_list(j, name);
  for (uint32_t i = 0; i < shown; i++) {
    open_element(j);
    frame(j, &s->frame[i]);
    close(j, "}");
  }
  close(j, "]");
  if (s->more || shown < s->count)
    number(j, "more_frames", (uint64_t)s->more + (s->count - shown));
}

static void who(struct json *j, const char *name, const struct rf_model_who *w) {
  static const char *const kinds[] = {[RF_THREAD_MAIN] = "main",
                                      [RF_THREAD_PTHREAD] = "thread",
                                      [RF_THREAD_GOROUTINE] = "goroutine",
                                      [RF_THREAD_FIBER] = "fiber"};
  open_object(j, name);
  number(j, "number", w->number);
  string(j, "kind", kinds[w->kind]);
  known(j, "name", w->name);
  close(j, "}");
}

static void locks(struct json *j, const struct rf_model_side *s) {
  if (!s->locks_known)
    return;
  open_list(j, "locks");
  for (uint32_t i = 0; i < s->lock_count; i++) {
    const struct rf_model_lock *l = &s->lock[i];
    open_element(j);
    string(j, "kind", l->kind);
    known(j, "name", l->name);
    hex(j, "address", l->addr);
    flag(j, "exclusive", l->exclusive);
    if (l->taken.line) {
      open_object(j, "taken");
      frame(j, &l->taken);
      close(j, "}");
    }
    close(j, "}");
  }
  close(j, "]");
}

static void side(struct json *j, const struct rf_model_side *s) {
  open_element(j);
  flag(j, "write", s->write);
  flag(j, "atomic", s->atomic);
  flag(j, "releases_memory", s->release_of_memory);
  number(j, "size", s->size);
  known(j, "expression", s->expr);
  known(j, "type", s->type);
  known(j, "library_function", s->library);
  who(j, "thread", &s->who);
  stack(j, "stack", &s->stack);
  locks(j, s);
  if (*s->sync_what) {
    open_object(j, "last_sync");
    string(j, "what", s->sync_what);
    if (s->sync_at.line) {
      open_object(j, "at");
      frame(j, &s->sync_at);
      close(j, "}");
    }
    close(j, "}");
  }
  if (s->has_old)
    hex(j, "old", s->old_value);
  if (s->has_new)
    hex(j, "new", s->new_value);
  close(j, "}");
}

static void memory(struct json *j, const struct rf_model *m) {
  const struct rf_model_memory *v = &m->memory;
  static const char *const kinds[] = {[RF_MEMORY_UNKNOWN] = "unknown",
                                      [RF_MEMORY_GLOBAL] = "global",
                                      [RF_MEMORY_LOCAL] = "local",
                                      [RF_MEMORY_HEAP] = "heap",
                                      [RF_MEMORY_STACK] = "stack",
                                      [RF_MEMORY_RELEASED] = "freed"};
  open_object(j, "memory");
  string(j, "kind", kinds[v->kind]);
  hex(j, "address", v->addr);
  known(j, "name", v->name);
  known(j, "type", m->block.size ? m->block.type : v->type);
  known(j, "path", m->path);
  known(j, "function", v->func);
  if (v->line) {
    known(j, "file", v->file);
    number(j, "line", v->line);
  }
  if (v->size) {
    number(j, "size", v->size);
    number(j, "offset", v->offset);
  }
  if (v->owner)
    number(j, "owner", v->owner);
  if (v->where) {
    who(j, "allocated_by", &v->by);
    stack(j, "allocation", &v->stack);
  }
  close(j, "}");
}

static void birth(struct json *j, const struct rf_model_birth *b) {
  if (!b->known)
    return;
  open_element(j);
  who(j, "thread", &b->child);
  who(j, "parent", &b->parent);
  stack(j, "stack", &b->stack);
  close(j, "}");
}

static void sync_op(struct json *j, const char *name, const struct rf_model_op *op) {
  if (!op->at.line)
    return;
  open_object(j, name);
  string(j, "what", op->what);
  open_object(j, "at");
  frame(j, &op->at);
  close(j, "}");
  close(j, "}");
}

static void miss(struct json *j, const struct rf_model_miss *m) {
  static const char *const kinds[] = {[RF_MISS_RELAXED_STORE] = "relaxed store",
                                      [RF_MISS_RELAXED_LOAD] = "relaxed load",
                                      [RF_MISS_TOO_EARLY] = "acquired too early",
                                      [RF_MISS_RELEASED_BEFORE] = "released too early",
                                      [RF_MISS_NOT_ACQUIRED] = "not acquired"};
  if (m->kind == RF_MISS_NONE)
    return;
  open_object(j, "near_miss");
  string(j, "kind", kinds[m->kind]);
  known(j, "object", m->name);
  sync_op(j, "release", &m->released);
  sync_op(j, "acquire", &m->acquired);
  close(j, "}");
}

// ---- What all reports have ----

static void report_begin(struct json *j, const char *type, uint32_t id, const char *kind,
                         const struct rf_json_env *env) {
  char digits[9];
  for (unsigned i = 0; i < 8; i++)
    digits[i] = "0123456789abcdef"[id >> (28 - 4 * i) & 15];
  digits[8] = 0;
  rf_text_add(j->text, "{");
  string(j, "type", type);
  number(j, "pid", (uint64_t)env->pid);
  number(j, "time_ms", env->time_ms);
  string(j, "id", digits);
  string(j, "kind", kind);
}

static bool starts(const char *s, const char *with) {
  while (*with && *s == *with)
    s++, with++;
  return !*with;
}

// The paragraph of the text report that this begins, so that both say the same; it may have been wrapped.
static void paragraph(struct json *j, const char *name, const char *text, const char *begin) {
  static char words[4096]; // under the report lock, and too large for small stacks
  size_t n = 0;
  while (*text && !starts(text, begin)) {
    while (*text && *text != '\n')
      text++;
    text += *text == '\n';
  }
  if (!*text)
    return;
  while (*begin)
    text++, begin++;
  for (; *text && n < sizeof words - 1; text++) {
    if (*text != '\n') {
      words[n++] = *text;
      continue;
    }
    if (!starts(text + 1, "    "))
      break;
    while (text[1] == ' ')
      text++;
    words[n++] = ' ';
  }
  words[n] = 0;
  known(j, name, words);
}

static void report_end(struct json *j, const char *mend, const char *suppress, const struct rf_model_stack *at,
                       const struct rf_json_env *env) {
  const struct rf_model_frame *place = rf_stack_place(at);
  paragraph(j, "why", env->text, "  Why it is a race: ");
  string(j, "mend", mend);
  if (place && *place->func) {
    key(j, "suppress");
    rf_text_add(j->text, "\"");
    rf_text_add(j->text, suppress);
    rf_text_add(j->text, ":");
    const size_t quote = j->text->len;
    rf_json_string(j->text, place->func, j->most.string);
    if (!is_full(j->text)) // one pair of quotes around both
      __builtin_memmove(j->text->at + quote, j->text->at + quote + 1, j->text->len-- - quote);
  }
  if (j->most.text) {
    key(j, "text");
    rf_json_string(j->text, env->text, j->most.text);
  }
  rf_text_add(j->text, "}\n");
}

// Again with less of everything, until the line fits.
#define FIT(out, j)                                                                                            \
  const size_t begin = (out)->len;                                                                             \
  for (size_t i = 0; i < LIMITS && (!i || is_full(out)) && ((out)->len = begin, (j).most = limits[i], true);   \
       i++)

void rf_json_race(struct rf_text *out, const struct rf_model *m, const struct rf_json_env *env) {
  struct json j = {out, limits[0]};
  FIT(out, j) {
    report_begin(&j, "race", m->id, m->kind, env);
    memory(&j, m);
    open_list(&j, "accesses");
    side(&j, &m->now);
    side(&j, &m->before);
    close(&j, "]");
    open_list(&j, "births");
    birth(&j, &m->birth[0]);
    if (!m->birth[0].known || m->birth[0].child.number != m->birth[1].child.number)
      birth(&j, &m->birth[1]);
    close(&j, "]");
    miss(&j, &m->miss);
    report_end(&j, m->mend, "race", &m->now.stack, env);
  }
}

static void object(struct json *j, const char *name, const char *what, const char *kind, const char *variable,
                   uintptr_t address) {
  open_object(j, name);
  if (what)
    string(j, "what", what);
  if (kind) {
    known(j, "kind", kind);
    known(j, "name", variable);
    hex(j, "address", address);
  }
  close(j, "}");
}

static void step(struct json *j, const struct rf_finding_model_step *s) {
  open_element(j);
  string(j, "what", s->raw->what);
  if (s->raw->object_kind)
    object(j, "object", NULL, s->raw->object_kind, s->name, s->raw->object);
  if (s->raw->second_what)
    object(j, "second", s->raw->second_what, s->raw->second_kind, s->second_name, s->raw->second);
  if (s->has_who)
    who(j, "thread", &s->who);
  stack(j, "stack", &s->stack);
  close(j, "}");
}

void rf_json_finding(struct rf_text *out, const struct rf_finding_model *m, const struct rf_json_env *env) {
  struct json j = {out, limits[0]};
  FIT(out, j) {
    report_begin(&j, "finding", m->id, m->raw->kind, env);
    open_list(&j, "steps");
    for (uint32_t k = 0; k < m->raw->count; k++)
      step(&j, &m->step[k]);
    close(&j, "]");
    if (m->raw->more)
      number(&j, "more_steps", m->raw->more);
    report_end(&j, m->raw->mend, m->raw->suppress, &m->step[0].stack, env);
  }
}

// ---- First and last lines ----

void rf_json_process(struct rf_text *out, const struct rf_json_process *p) {
  struct json j = {out, limits[0]};
  FIT(out, j) {
    rf_text_add(out, "{\"redflag\":{");
    number(&j, "schema", RF_JSON_SCHEMA);
    string(&j, "version", RF_VERSION);
    close(&j, "}");
    string(&j, "type", "process");
    number(&j, "pid", (uint64_t)p->pid);
    number(&j, "parent", (uint64_t)p->parent);
    number(&j, "start_ms", p->start_ms);
    known(&j, "cwd", p->cwd);
    open_list(&j, "command");
    for (size_t at = 0; at < p->command_bytes; at++) {
      element(&j);
      rf_json_string(out, p->command + at, j.most.string);
      while (at < p->command_bytes && p->command[at])
        at++;
    }
    close(&j, "]");
    rf_text_add(out, "}\n");
  }
}

static void add_plain(const char *name, void *arg) {
  struct json *j = arg;
  element(j);
  rf_json_string(j->text, name, j->most.string);
}

void rf_json_end(struct rf_text *out, const struct rf_json_end *e) {
  struct json j = {out, limits[0]};
  FIT(out, j) {
    const bool lists = i + 1 < LIMITS; // these have no bound of their own
    rf_text_add(out, "{");
    string(&j, "type", "end");
    number(&j, "pid", (uint64_t)e->pid);
    number(&j, "time_ms", e->time_ms);
    number(&j, "races", e->races);
    number(&j, "findings", e->findings);
    number(&j, "further", e->further);
    number(&j, "not_shown", e->not_shown);
    open_list(&j, "suppressions");
    for (uint32_t k = 0; lists && k < e->suppressions; k++) {
      const struct rf_json_suppression *s = &e->suppression[k];
      open_element(&j);
      string(&j, "kind", s->kind);
      string(&j, "pattern", s->pattern);
      number(&j, "line", s->line);
      number(&j, "used", s->used);
      close(&j, "}");
    }
    close(&j, "]");
    open_list(&j, "plain");
    if (lists)
      e->plain(add_plain, &j);
    close(&j, "]");
    number(&j, "threads", e->threads);
    number(&j, "lookups", e->lookups);
    number(&j, "record_bytes", e->record_bytes);
    if (e->ceiling.limit) {
      number(&j, "limit_bytes", e->ceiling.limit);
      number(&j, "taken_bytes", e->ceiling.taken);
      number(&j, "limit_reached", e->ceiling.reached);
      number(&j, "forgotten_bytes", e->ceiling.forgotten);
    }
    rf_text_add(out, "}\n");
  }
}
