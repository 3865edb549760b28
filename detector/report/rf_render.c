#include "rf_render.h"

#define RED "\033[1;31m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

struct out {
  struct rf_text *text;
  const struct rf_render_env *env;
};

static void put(struct out *o, const char *s) { rf_text_add(o->text, s); }
static void put_u(struct out *o, uint64_t v) { rf_text_add_u(o->text, v); }
static void put_hex(struct out *o, uint64_t v) {
  put(o, "0x");
  rf_text_add_hex(o->text, v);
}
static void style(struct out *o, const char *code) {
  if (o->env->color)
    put(o, code);
}

static void put_place(struct out *o, const struct rf_model_frame *f) {
  put(o, f->file);
  put(o, ":");
  put_u(o, f->line);
  if (f->col) {
    put(o, ":");
    put_u(o, f->col);
  }
}

static void put_who(struct out *o, const struct rf_model_who *w, bool capital) {
  if (w->kind == RF_THREAD_MAIN) {
    put(o, capital ? "Main" : "main");
    return;
  }
  if (w->kind == RF_THREAD_GOROUTINE)
    put(o, capital ? "Goroutine " : "goroutine ");
  else if (w->kind == RF_THREAD_FIBER)
    put(o, capital ? "Fiber " : "fiber ");
  else
    put(o, capital ? "Thread " : "thread ");
  put_u(o, w->number);
  if (*w->name) {
    put(o, " `");
    put(o, w->name);
    put(o, "`");
  }
}

// ---- Values ----

static bool has(const char *s, const char *part) {
  for (; *s; s++) {
    size_t i = 0;
    while (part[i] && s[i] == part[i])
      i++;
    if (!part[i])
      return true;
  }
  return !*part;
}

static bool shows_value(const char *type) {
  return *type && !has(type, "float") && !has(type, "double") && !has(type, "struct ") && !has(type, "union ");
}

static void put_value(struct out *o, const char *type, uint32_t size, uint64_t v) {
  if (has(type, "*") || has(type, "void")) {
    put_hex(o, v);
    return;
  }
  const bool is_signed = !has(type, "unsigned") && !has(type, "uint") && !has(type, "size_t") && !has(type, "bool") &&
                         !has(type, "_Bool");
  const unsigned bits = size * 8;
  if (bits < 64)
    v &= (UINT64_C(1) << bits) - 1;
  if (is_signed && size <= 8 && v >> (bits - 1) & 1) {
    put(o, "-");
    v = bits < 64 ? (UINT64_C(1) << bits) - v : -v;
  }
  put_u(o, v);
}

// ---- Source ----

static void put_line_number(struct out *o, uint32_t line, bool here) {
  put(o, here ? "    > " : "      ");
  for (uint32_t width = 1000; width > 1 && line < width; width /= 10)
    put(o, " ");
  put_u(o, line);
  put(o, " | ");
}

static void put_caret(struct out *o, const char *line, uint32_t col) {
  put(o, "           | ");
  for (uint32_t i = 1; i < col && line[i - 1]; i++)
    put(o, line[i - 1] == '\t' ? "\t" : " ");
  style(o, RED);
  put(o, "^");
  style(o, PLAIN);
}

static void put_effect(struct out *o, const struct rf_model_side *s) {
  if (!*s->expr)
    return;
  put(o, s->write ? " writes " : " reads ");
  put(o, s->expr);
  if (!shows_value(s->type))
    return;
  if (s->has_old && s->has_new) {
    put(o, ": ");
    put_value(o, s->type, s->size, s->old_value);
    put(o, " -> ");
    put_value(o, s->type, s->size, s->new_value);
  } else if (s->has_old && !s->write) {
    put(o, ": ");
    put_value(o, s->type, s->size, s->old_value);
  }
}

// The innermost frame with a source line: that of the access, or of the call of a library function.
static const struct rf_model_frame *place_of(const struct rf_model_stack *s) {
  for (uint32_t i = 0; i < s->count; i++)
    if (s->frame[i].line)
      return &s->frame[i];
  return NULL;
}

static void put_source(struct out *o, const struct rf_model_side *s) {
  const struct rf_model_frame *f = place_of(&s->stack);
  char line[160];
  if (!f)
    return;
  if (f->line > 1 && o->env->source_line(f->file, f->line - 1, line, sizeof line)) {
    put_line_number(o, f->line - 1, false);
    put(o, line);
    put(o, "\n");
  }
  if (!o->env->source_line(f->file, f->line, line, sizeof line)) {
    if (*s->expr) {
      put(o, "   ");
      put_effect(o, s);
      put(o, "\n");
    }
    return;
  }
  put_line_number(o, f->line, true);
  put(o, line);
  put(o, "\n");
  if (f->col) {
    put_caret(o, line, f->col);
    put_effect(o, s);
    put(o, "\n");
  }
}

// ---- Parts ----

static void put_stack(struct out *o, const struct rf_model_stack *s) {
  for (uint32_t i = 0; i < s->count; i++) {
    put(o, "    #");
    put_u(o, i);
    put(o, " ");
    put(o, *s->frame[i].func ? s->frame[i].func : "??");
    if (s->frame[i].line) {
      put(o, " ");
      put_place(o, &s->frame[i]);
    } else if (*s->frame[i].file) { // module+offset
      put(o, " (");
      put(o, s->frame[i].file);
      put(o, ")");
    }
    put(o, "\n");
  }
  if (s->more) {
    put(o, "    ... ");
    put_u(o, s->more);
    put(o, " more frames\n");
  }
}

static void put_locks(struct out *o, const struct rf_model_side *s) {
  if (!s->locks_known)
    return;
  if (!s->lock_count) {
    put(o, "    holding no lock\n");
    return;
  }
  for (uint32_t i = 0; i < s->lock_count; i++) {
    const struct rf_model_lock *l = &s->lock[i];
    put(o, "    holding ");
    put(o, l->kind);
    put(o, " ");
    if (*l->name) {
      put(o, "`");
      put(o, l->name);
      put(o, "`");
    } else {
      put_hex(o, l->addr);
    }
    if (!l->exclusive)
      put(o, " for reading");
    if (l->taken.line) {
      put(o, ", taken at ");
      put_place(o, &l->taken);
    }
    put(o, "\n");
  }
}

static void put_side(struct out *o, const struct rf_model_side *s, const char *prefix) {
  put(o, "  ");
  style(o, BOLD);
  put(o, prefix);
  if (s->release_of_memory)
    put(o, *prefix ? "release of the memory" : "Release of the memory");
  else {
    if (s->atomic)
      put(o, *prefix ? "atomic " : "Atomic ");
    const bool capital = !*prefix && !s->atomic;
    put(o, s->write ? (capital ? "Write" : "write") : (capital ? "Read" : "read"));
  }
  put(o, " by ");
  put_who(o, &s->who, false);
  if (s->stack.count) {
    const struct rf_model_frame *f = place_of(&s->stack);
    const char *func = s->stack.frame[0].func;
    if (f) {
      put(o, " at ");
      put_place(o, f);
    }
    put(o, " in ");
    put(o, *func ? func : "??");
  }
  style(o, PLAIN);
  put(o, "\n");
  put_source(o, s);
  put_stack(o, &s->stack);
  put_locks(o, s);
}

static void put_memory(struct out *o, const struct rf_model *m) {
  const struct rf_model_memory *v = &m->memory;
  if (v->kind == RF_MEMORY_HEAP) {
    put_u(o, m->now.size);
    put(o, m->now.size == 1 ? " byte" : " bytes");
    put(o, " at offset ");
    put_u(o, v->offset);
    put(o, " of a heap block of ");
    put_u(o, v->size);
    put(o, " bytes");
    return;
  }
  if (!*v->name) {
    put_hex(o, v->addr);
    put(o, " (");
    if (*m->now.type) {
      put(o, m->now.type);
      put(o, ", ");
    }
    put_u(o, m->now.size);
    put(o, m->now.size == 1 ? " byte" : " bytes");
    if (v->kind == RF_MEMORY_STACK)
      put(o, ", on a thread's stack");
    put(o, ")");
    return;
  }
  put(o, "variable `");
  put(o, v->name);
  put(o, "` (");
  if (*v->type) {
    put(o, v->type);
    put(o, ", ");
  }
  put_u(o, v->size);
  put(o, v->size == 1 ? " byte" : " bytes");
  if (v->offset) {
    put(o, ", at offset ");
    put_u(o, v->offset);
  }
  if (v->kind == RF_MEMORY_GLOBAL)
    put(o, *v->func ? ", static in " : ", global");
  else
    put(o, ", local of ");
  put(o, v->func);
  if (v->line) {
    put(o, ", ");
    put(o, v->file);
    put(o, ":");
    put_u(o, v->line);
  }
  put(o, ")");
}

static void put_birth(struct out *o, const struct rf_model_birth *b) {
  if (!b->known)
    return;
  put(o, "  ");
  put_who(o, &b->child, true);
  put(o, " started by ");
  put_who(o, &b->parent, false);
  const struct rf_model_frame *place = place_of(&b->stack);
  if (place) {
    put(o, " at ");
    put_place(o, place);
  }
  put(o, "\n");
  put_stack(o, &b->stack);
}

static void put_allocation(struct out *o, const struct rf_model_memory *v) {
  if (!v->where)
    return;
  put(o, "  Block allocated by ");
  put_who(o, &v->by, false);
  put(o, "\n");
  put_stack(o, &v->stack);
}

static void put_last_sync(struct out *o, const struct rf_model_side *s) {
  if (!*s->sync_what)
    return;
  put(o, " ");
  put_who(o, &s->who, true);
  const bool start = has("start", s->sync_what);
  if (start && s->who.kind == RF_THREAD_MAIN) {
    put(o, " had not synchronised before its access.");
    return;
  }
  put(o, start ? " last synchronised when it was started" : " last synchronised by ");
  if (!start)
    put(o, s->sync_what);
  if (s->sync_at.line) {
    put(o, " (");
    put_place(o, &s->sync_at);
    put(o, ")");
  }
  put(o, ".");
}

static void put_why(struct out *o, const struct rf_model *m) {
  put(o, "  Why it is a race: nothing orders the two accesses");
  put(o, m->now.write && m->before.write ? ", and both write." : ", and one of them writes.");
  put_last_sync(o, &m->before);
  put_last_sync(o, &m->now);
  if (m->before.locks_known && !m->before.lock_count && !m->now.lock_count)
    put(o, " No lock was held on either side.");
  put(o, "\n");
}

void rf_render_text(struct rf_text *text, const struct rf_model *m, const struct rf_render_env *env) {
  struct out out = {text, env}, *o = &out;
  put(o, "==");
  put_u(o, (uint64_t)env->pid);
  put(o, "== ");
  style(o, RED);
  put(o, "WARNING: Redflag: data race on ");
  put_memory(o, m);
  style(o, PLAIN);
  put(o, "\n");
  put_side(o, &m->now, "");
  put_side(o, &m->before, "Earlier ");
  put_birth(o, &m->birth[0]);
  if (!m->birth[0].known || m->birth[0].child.number != m->birth[1].child.number)
    put_birth(o, &m->birth[1]);
  put_allocation(o, &m->memory);
  put_why(o, m);
  put(o, "  How to mend: ");
  put(o, m->mend);
  put(o, "\n  id: ");
  char digits[9];
  for (unsigned i = 0; i < 8; i++)
    digits[i] = "0123456789abcdef"[m->id >> (28 - 4 * i) & 15];
  digits[8] = 0;
  put(o, digits);
  const struct rf_model_frame *place = place_of(&m->now.stack);
  if (place && *place->func) {
    put(o, "  suppress with: race:");
    put(o, place->func);
  }
  put(o, "\nSUMMARY: Redflag: data race");
  if (place) {
    put(o, " ");
    put_place(o, place);
    put(o, " in ");
    put(o, *place->func ? place->func : "??");
  } else if (m->now.stack.count) {
    put(o, " in ");
    put(o, m->now.stack.frame[0].func);
  }
  put(o, "\n\n");
}
