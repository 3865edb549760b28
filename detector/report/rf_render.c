#include "rf_render.h"

#include "rf_mend.h"
#include "rf_miss.h"
#include "rf_parts.h"

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

static void put_value(struct rf_out *o, const char *type, uint32_t size, uint64_t v) {
  if (has(type, "*") || has(type, "void")) {
    rf_put_hex(o, v);
    return;
  }
  const bool is_signed = !has(type, "unsigned") && !has(type, "uint") && !has(type, "size_t") &&
                         !has(type, "bool") && !has(type, "_Bool");
  const unsigned bits = size * 8;
  if (bits < 64)
    v &= (UINT64_C(1) << bits) - 1;
  if (is_signed && size <= 8 && v >> (bits - 1) & 1) {
    rf_put(o, "-");
    v = bits < 64 ? (UINT64_C(1) << bits) - v : -v;
  }
  rf_put_u(o, v);
}

static void put_effect(struct rf_out *o, const struct rf_model_side *s) {
  if (!*s->expr)
    return;
  rf_put(o, s->write ? " writes " : " reads ");
  rf_put_text(o, s->expr);
  if (!shows_value(s->type))
    return;
  if (s->has_old && s->has_new) {
    rf_put(o, ": ");
    put_value(o, s->type, s->size, s->old_value);
    rf_put(o, " -> ");
    put_value(o, s->type, s->size, s->new_value);
  } else if (s->has_old && !s->write) {
    rf_put(o, ": ");
    put_value(o, s->type, s->size, s->old_value);
  }
}

// ---- Parts ----

static void put_locks(struct rf_out *o, const struct rf_model_side *s) {
  if (!s->locks_known)
    return;
  if (!s->lock_count) {
    rf_put(o, "    holding no lock\n");
    return;
  }
  for (uint32_t i = 0; i < s->lock_count; i++) {
    const struct rf_model_lock *l = &s->lock[i];
    rf_put(o, "    holding ");
    rf_put(o, l->kind);
    rf_put(o, " ");
    if (*l->name) {
      rf_put(o, "`");
      rf_put_text(o, l->name);
      rf_put(o, "`");
    } else {
      rf_put_hex(o, l->addr);
    }
    if (!l->exclusive)
      rf_put(o, " for reading");
    if (l->taken.line) {
      rf_put(o, ", taken at ");
      rf_put_place(o, &l->taken);
    }
    rf_put(o, "\n");
  }
}

static void put_side(struct rf_out *o, const struct rf_model_side *s, const char *prefix) {
  rf_put(o, "  ");
  rf_style(o, RF_STYLE_BOLD);
  rf_put(o, prefix);
  if (s->release_of_memory)
    rf_put(o, *prefix ? "release of the memory" : "Release of the memory");
  else {
    if (s->atomic)
      rf_put(o, *prefix ? "atomic " : "Atomic ");
    const bool capital = !*prefix && !s->atomic;
    rf_put(o, s->write ? (capital ? "Write" : "write") : (capital ? "Read" : "read"));
  }
  rf_put(o, " by ");
  rf_put_who(o, &s->who, false);
  rf_put_at(o, &s->stack);
  rf_style(o, RF_STYLE_PLAIN);
  rf_put(o, "\n");
  rf_put_source(o, &s->stack, put_effect, s);
  rf_put_stack(o, &s->stack);
  put_locks(o, s);
}

static void put_bytes(struct rf_out *o, uint64_t n) {
  rf_put_u(o, n);
  rf_put(o, n == 1 ? " byte" : " bytes");
}

// Whose access tells what the memory is: the release of a block knows nothing of its parts.
static const struct rf_model_side *witness(const struct rf_model *m) {
  return *m->now.expr || !*m->before.expr ? &m->now : &m->before;
}

// Memory without a name of its own: what the program calls it there.
static void put_expression(struct rf_out *o, const struct rf_model_side *s) {
  if (!*s->expr) {
    put_bytes(o, s->size);
    return;
  }
  rf_put_name(o, s->expr);
  rf_put(o, " (");
  if (*s->type) {
    rf_put_text(o, s->type);
    rf_put(o, ", ");
  }
  put_bytes(o, s->size);
  rf_put(o, ")");
}

static void put_whole(struct rf_out *o, const struct rf_model_memory *v) {
  rf_put(o, "variable ");
  rf_put_name(o, v->name);
  rf_put(o, " (");
  if (*v->type) {
    rf_put_text(o, v->type);
    rf_put(o, ", ");
  }
  put_bytes(o, v->size);
  if (v->offset) {
    rf_put(o, ", at offset ");
    rf_put_u(o, v->offset);
  }
}

static void put_part(struct rf_out *o, const struct rf_model *m) {
  rf_put_name(o, m->path);
  rf_put(o, " (");
  if (*m->part.type) {
    rf_put_text(o, m->part.type);
    rf_put(o, ", ");
  }
  put_bytes(o, m->part.size);
  rf_put(o, " at offset ");
  rf_put_u(o, m->memory.offset);
  rf_put(o, " of ");
  if (*m->memory.type && !has(m->memory.type, "(anonymous)"))
    rf_put_text(o, m->memory.type);
  else
    rf_put_name(o, m->memory.name);
}

static void put_declared(struct rf_out *o, const struct rf_model_memory *v) {
  if (v->kind == RF_MEMORY_GLOBAL)
    rf_put(o, *v->func ? "static in " : "global");
  else
    rf_put(o, "local of ");
  rf_put_text(o, v->func);
  if (v->line) {
    rf_put(o, ", ");
    rf_put_text(o, v->file);
    rf_put(o, ":");
    rf_put_u(o, v->line);
  }
  rf_put(o, ")");
}

static void put_object(struct rf_out *o, const struct rf_model *m) {
  rf_put(o, m->object);
  if (!*m->memory.name) {
    rf_put(o, " at ");
    rf_put_hex(o, m->memory.addr);
    return;
  }
  rf_put(o, " ");
  rf_put_name(o, m->memory.name);
  rf_put(o, " (");
  put_declared(o, &m->memory);
}

// What a heap block is allocated as: (struct node[10], in [3].next)
static void put_block(struct rf_out *o, const struct rf_model *m) {
  if (!m->block.size)
    return;
  rf_put(o, " (");
  rf_put_text(o, m->block.type);
  if (rf_layout_is_array(m->memory.layout) && m->memory.size % m->block.size == 0) {
    rf_put(o, "[");
    rf_put_u(o, m->memory.size / m->block.size);
    rf_put(o, "]");
  }
  if (*m->path) {
    rf_put(o, ", in ");
    rf_put_text(o, m->path);
  }
  rf_put(o, ")");
}

static void put_memory(struct rf_out *o, const struct rf_model *m) {
  const struct rf_model_memory *v = &m->memory;
  if (*m->object) {
    put_object(o, m);
    return;
  }
  if (v->kind == RF_MEMORY_HEAP || v->kind == RF_MEMORY_RELEASED) {
    put_expression(o, witness(m));
    rf_put(o, " at offset ");
    rf_put_u(o, v->offset);
    rf_put(o, v->kind == RF_MEMORY_HEAP ? " of a heap block of " : " of a freed heap block of ");
    put_bytes(o, v->size);
    put_block(o, m);
    return;
  }
  if (!*v->name) {
    put_expression(o, witness(m));
    rf_put(o, " at ");
    rf_put_hex(o, v->addr);
    if (v->kind == RF_MEMORY_STACK)
      rf_put(o, ", on a thread's stack");
    return;
  }
  if (*m->path)
    put_part(o, m);
  else
    put_whole(o, v);
  rf_put(o, ", ");
  put_declared(o, v);
}

static void put_birth(struct rf_out *o, const struct rf_model_birth *b) {
  if (!b->known)
    return;
  rf_put(o, "  ");
  rf_put_who(o, &b->child, true);
  rf_put(o, " started by ");
  rf_put_who(o, &b->parent, false);
  const struct rf_model_frame *place = rf_stack_place(&b->stack);
  if (place) {
    rf_put(o, " at ");
    rf_put_place(o, place);
  }
  rf_put(o, "\n");
  rf_put_stack(o, &b->stack);
}

static void put_allocation(struct rf_out *o, const struct rf_model_memory *v) {
  if (!v->where)
    return;
  rf_put(o, "  Block allocated by ");
  rf_put_who(o, &v->by, false);
  rf_put(o, "\n");
  rf_put_stack(o, &v->stack);
}

static void put_last_sync(struct rf_out *o, const struct rf_model_side *s) {
  if (!*s->sync_what)
    return;
  rf_put(o, " ");
  rf_put_who(o, &s->who, true);
  const bool start = has("start", s->sync_what);
  if (start && s->who.kind == RF_THREAD_MAIN) {
    rf_put(o, " had not synchronised before its access.");
    return;
  }
  rf_put(o, start ? " last synchronised when it was started" : " last synchronised by ");
  if (!start)
    rf_put_text(o, s->sync_what);
  if (s->sync_at.line) {
    rf_put(o, " (");
    rf_put_place(o, &s->sync_at);
    rf_put(o, ")");
  }
  rf_put(o, ".");
}

static void put_held(struct rf_out *o, const struct rf_model_side *s) {
  const struct rf_model_lock *l = &s->lock[0];
  rf_put_who(o, &s->who, false);
  rf_put(o, " held ");
  if (*l->name)
    rf_put_name(o, l->name);
  else {
    rf_put(o, l->kind);
    rf_put(o, " ");
    rf_put_hex(o, l->addr);
  }
  if (s->lock_count > 1) {
    rf_put(o, " and ");
    rf_put_u(o, s->lock_count - 1);
    rf_put(o, " more");
  }
}

// How the locks of both sides disagree.
static void put_lock_sets(struct rf_out *o, const struct rf_model *m) {
  const struct rf_model_side *now = &m->now, *before = &m->before;
  const struct rf_model_lock *common = rf_model_common_lock(m);
  if (!before->locks_known)
    return;
  if (common && !common->exclusive) {
    rf_put(o, " Both held ");
    rf_put(o, common->kind);
    if (*common->name) {
      rf_put(o, " ");
      rf_put_name(o, common->name);
    }
    rf_put(o, ", but for reading only, and readers do not keep each other out.");
  } else if (common) {
    return;
  } else if (now->lock_count && before->lock_count) {
    rf_put(o, " Both held a lock, but not the same: ");
    put_held(o, now);
    rf_put(o, ", ");
    put_held(o, before);
    rf_put(o, ".");
  } else if (now->lock_count || before->lock_count) {
    rf_put(o, " Only one side held a lock: ");
    put_held(o, now->lock_count ? now : before);
    rf_put(o, ", ");
    rf_put_who(o, now->lock_count ? &before->who : &now->who, false);
    rf_put(o, " held none.");
  } else {
    rf_put(o, " No lock was held on either side.");
  }
}

static void put_why(struct rf_out *o, const struct rf_model *m) {
  const size_t from = o->text->len;
  rf_put(o, "  Why it is a race: nothing orders the two accesses");
  rf_put(o, m->now.release_of_memory || m->before.release_of_memory ? ", and one of them releases the memory."
            : m->now.write && m->before.write                       ? ", and both write."
                                                                    : ", and one of them writes.");
  put_last_sync(o, &m->before);
  put_last_sync(o, &m->now);
  put_lock_sets(o, m);
  rf_miss_put(o, m);
  rf_fill(o, from);
  rf_put(o, "\n");
}

static void put_mend(struct rf_out *o, const char *mend) {
  const size_t from = o->text->len;
  rf_put(o, "  How to mend: ");
  rf_put(o, mend);
  rf_fill(o, from);
}

void rf_render_text(struct rf_text *text, const struct rf_model *m, const struct rf_render_env *env) {
  struct rf_out out = {text, env}, *o = &out;
  rf_put_title(o, m->kind);
  rf_put(o, " on ");
  put_memory(o, m);
  rf_style(o, RF_STYLE_PLAIN);
  rf_put(o, "\n");
  put_side(o, &m->now, "");
  put_side(o, &m->before, "Earlier ");
  put_birth(o, &m->birth[0]);
  if (!m->birth[0].known || m->birth[0].child.number != m->birth[1].child.number)
    put_birth(o, &m->birth[1]);
  put_allocation(o, &m->memory);
  put_why(o, m);
  put_mend(o, m->mend);
  rf_put_end(o, m->id, "race", m->kind, &m->now.stack);
}
