#include "rf_finding.h"

#include "rf_parts.h"

uint64_t rf_finding_key(const struct rf_finding *f) {
  uint64_t h = rf_mix(RF_MIX_START, f->kind);
  for (uint32_t i = 0; i < f->count; i++)
    h += rf_place_line_key(f->step[i].where); // which thread came first does not matter
  return h;
}

static const char *name_of(uintptr_t addr, rf_describe_fn *describe) {
  static struct rf_model_memory memory; // under the report lock, and too large for small stacks
  memory = (struct rf_model_memory){.kind = RF_MEMORY_UNKNOWN, .name = ""};
  if (addr)
    describe(addr, &memory);
  return memory.name;
}

void rf_finding_model_build(struct rf_finding_model *m, const struct rf_finding *f, rf_describe_fn *describe) {
  uint64_t h = rf_mix(RF_MIX_START, f->kind);
  m->raw = f;
  for (uint32_t i = 0; i < f->count; i++) {
    struct rf_finding_model_step *s = &m->step[i];
    s->raw = &f->step[i];
    s->name = name_of(s->raw->object, describe);
    s->second_name = name_of(s->raw->second, describe);
    s->has_who = s->raw->where != 0;
    s->stack.count = s->stack.more = 0;
    if (!s->has_who)
      continue;
    rf_place_stack(s->raw->where, &s->stack);
    s->who = rf_place_who(s->raw->where, &s->stack);
    h += rf_mix(RF_MIX_START, s->stack.count ? s->stack.frame[0].func : "");
  }
  m->id = (uint32_t)(h ^ h >> 32);
}

static void put_object(struct rf_out *o, const char *kind, const char *name, uintptr_t addr) {
  if (*kind) {
    rf_put(o, " ");
    rf_put(o, kind);
  }
  rf_put(o, " ");
  if (*name) {
    rf_put(o, "`");
    rf_put_text(o, name);
    rf_put(o, "`");
  } else {
    rf_put_hex(o, addr);
  }
}

static void put_step(struct rf_out *o, const struct rf_finding_model_step *s) {
  rf_put(o, "  ");
  rf_style(o, RF_STYLE_BOLD);
  rf_put(o, s->raw->what);
  if (s->raw->object_kind)
    put_object(o, s->raw->object_kind, s->name, s->raw->object);
  if (s->raw->second_what) {
    rf_put(o, s->raw->second_what);
    if (s->raw->second_kind)
      put_object(o, s->raw->second_kind, s->second_name, s->raw->second);
  }
  if (s->has_who) {
    rf_put(o, " by ");
    rf_put_who(o, &s->who, false);
    rf_put_at(o, &s->stack);
  }
  rf_style(o, RF_STYLE_PLAIN);
  rf_put(o, "\n");
  rf_put_source(o, &s->stack, NULL, NULL);
  rf_put_stack(o, &s->stack);
}

void rf_finding_render(struct rf_text *text, const struct rf_finding_model *m,
                       const struct rf_render_env *env) {
  struct rf_out out = {text, env}, *o = &out;
  const struct rf_model_stack *at = &m->step[0].stack;
  rf_put_title(o, m->raw->kind);
  const struct rf_finding_step *first = &m->raw->step[0];
  if (m->raw->count && first->object_kind) {
    rf_put(o, ":");
    put_object(o, first->object_kind, m->step[0].name, first->object);
  }
  rf_style(o, RF_STYLE_PLAIN);
  rf_put(o, "\n");
  for (uint32_t i = 0; i < m->raw->count; i++)
    put_step(o, &m->step[i]);
  if (m->raw->more) {
    rf_put(o, "  ... and ");
    rf_put_u(o, m->raw->more);
    rf_put(o, " more\n");
  }
  const size_t from = o->text->len;
  rf_put(o, "  How to mend: ");
  rf_put(o, m->raw->mend);
  rf_fill(o, from);
  rf_put_end(o, m->id, m->raw->suppress, m->raw->kind, at);
}
