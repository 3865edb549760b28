#include "rf_miss.h"
#include "rf_parts.h"

static void put_at(struct rf_out *o, const struct rf_model_op *op) {
  rf_put(o, " (");
  rf_put_place(o, &op->at);
  rf_put(o, ")");
}

static void put_op(struct rf_out *o, const struct rf_model_op *op) {
  rf_put_text(o, op->what);
  put_at(o, op);
}

static void put_release(struct rf_out *o, const struct rf_model *m, const char *when) {
  rf_put_who(o, &m->before.who, false);
  rf_put(o, " released");
  if (*m->miss.name) {
    rf_put(o, " ");
    rf_put_name(o, m->miss.name);
  }
  rf_put(o, " by ");
  put_op(o, &m->miss.released);
  rf_put(o, when);
  rf_put_who(o, &m->now.who, false);
}

static void put_store(struct rf_out *o, const struct rf_model *m, const char *how) {
  rf_put_who(o, &m->before.who, false);
  rf_put(o, " wrote ");
  rf_put_name(o, m->miss.name);
  put_at(o, &m->miss.released);
  rf_put(o, how);
  rf_put_who(o, &m->now.who, false);
  rf_put(o, " read it");
  put_at(o, &m->miss.acquired);
}

static void put_relaxed_load(struct rf_out *o, const struct rf_model *m) {
  put_store(o, m, " and released its access by that, but ");
  rf_put(o, " in relaxed order, which acquires nothing.");
}

static void put_relaxed_store(struct rf_out *o, const struct rf_model *m) {
  put_store(o, m, " in an order that does not release its access, and ");
  rf_put(o, ".");
}

static void put_too_early(struct rf_out *o, const struct rf_model *m) {
  put_release(o, m, " after its access, but ");
  rf_put(o, "'s acquire of it, by ");
  put_op(o, &m->miss.acquired);
  rf_put(o, ", did not see that.");
}

static void put_released_before(struct rf_out *o, const struct rf_model *m) {
  put_release(o, m, " too early, before its access; ");
  rf_put(o, " acquired it by ");
  put_op(o, &m->miss.acquired);
  rf_put(o, ".");
}

static void put_not_acquired(struct rf_out *o, const struct rf_model *m) {
  put_release(o, m, " after its access, but ");
  rf_put(o, *m->miss.name ? " has not acquired it since." : " has not acquired that since.");
}

void rf_miss_put(struct rf_out *o, const struct rf_model *m) {
  static void (*const puts[])(struct rf_out *o, const struct rf_model *m) = {
      [RF_MISS_RELAXED_LOAD] = put_relaxed_load,       [RF_MISS_RELAXED_STORE] = put_relaxed_store,
      [RF_MISS_TOO_EARLY] = put_too_early,             [RF_MISS_RELEASED_BEFORE] = put_released_before,
      [RF_MISS_NOT_ACQUIRED] = put_not_acquired,
  };
  if (m->miss.kind == RF_MISS_NONE)
    return;
  rf_put(o, " The nearest miss: ");
  puts[m->miss.kind](o, m);
}
