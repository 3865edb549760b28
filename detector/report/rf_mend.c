// Advice as a table: the first row that fits the race gives the text.
#include "rf_mend.h"

#include "rf_parts.h"

const struct rf_model_lock *rf_model_common_lock(const struct rf_model *m) {
  for (uint32_t i = 0; m->before.locks_known && i < m->now.lock_count; i++)
    for (uint32_t k = 0; k < m->before.lock_count; k++)
      if (m->now.lock[i].addr == m->before.lock[k].addr)
        return &m->now.lock[i];
  return NULL;
}

// ---- What is known of the race ----

static bool starts(const char *s, const char *prefix) {
  while (*prefix && *s == *prefix)
    s++, prefix++;
  return !*prefix;
}

static bool ends_in_star(const char *s) {
  char last = 0;
  for (; *s; s++)
    last = *s;
  return last == '*';
}

static bool same_place(const struct rf_model *m) {
  return *m->now.expr && rf_text_same(m->now.expr, m->before.expr) && m->now.stack.count &&
         m->before.stack.count && rf_text_same(m->now.stack.frame[0].func, m->before.stack.frame[0].func);
}

static bool in_library_object(const struct rf_model_side *s) {
  return s->stack.count > 1 && starts(s->stack.frame[0].func, "std::");
}

static bool fits_release(const struct rf_model *m) {
  return m->now.release_of_memory || m->before.release_of_memory;
}
static bool fits_wait_group(const struct rf_model *m) { return rf_text_same(m->object, "wait group"); }
static bool fits_channel(const struct rf_model *m) { return rf_text_same(m->object, "channel"); }
static bool fits_mixed(const struct rf_model *m) { return m->now.atomic != m->before.atomic; }
static bool fits_read_lock(const struct rf_model *m) {
  const struct rf_model_lock *l = rf_model_common_lock(m);
  return l && !l->exclusive;
}
static bool fits_two_locks(const struct rf_model *m) {
  return m->before.locks_known && m->now.lock_count && m->before.lock_count && !rf_model_common_lock(m);
}
static bool fits_one_lock(const struct rf_model *m) {
  return m->before.locks_known && !m->now.lock_count != !m->before.lock_count;
}
static bool fits_container(const struct rf_model *m) {
  return in_library_object(&m->now) || in_library_object(&m->before);
}
static bool fits_flag(const struct rf_model *m) { return m->now.polled || m->before.polled; }

// One side started the other's thread, and goes on to change what it lent it.
static bool fits_loop_variable(const struct rf_model *m) {
  const struct rf_model_side *const side[] = {&m->now, &m->before};
  for (unsigned i = 0; i < 2; i++)
    if (m->memory.kind == RF_MEMORY_LOCAL && m->birth[i].known &&
        m->birth[i].parent.number == side[1 - i]->who.number && m->memory.owner == side[1 - i]->who.number &&
        side[1 - i]->update && !side[i]->write)
      return true;
  return false;
}

static bool fits_result(const struct rf_model *m) {
  return m->before.write && (!m->now.write || m->now.update) && m->birth[1].known &&
         m->birth[1].parent.number == m->now.who.number;
}
static bool fits_counter(const struct rf_model *m) { return m->now.update && m->before.update; }
static bool fits_lazy(const struct rf_model *m) {
  return same_place(m) && ends_in_star(m->now.type) && m->now.write != m->before.write && !m->now.update;
}

static bool starts_before(const struct rf_model_birth *b, const struct rf_model_frame *wait) {
  const struct rf_model_frame *start = b->known ? rf_stack_place(&b->stack) : NULL;
  return start && rf_text_same(start->file, wait->file) && start->line < wait->line;
}

// One side started the other's goroutine, waited for its group after that, and the goroutine goes on.
static bool fits_not_counted(const struct rf_model *m) {
  const struct rf_model_side *const side[] = {&m->now, &m->before};
  for (unsigned i = 0; i < 2; i++)
    if (rf_text_same(side[1 - i]->sync_what, "go_wg_wait") && m->birth[i].known &&
        m->birth[i].parent.number == side[1 - i]->who.number && starts_before(&m->birth[i], &side[1 - i]->sync_at))
      return true;
  return false;
}
// What a function of a library touches cannot be made atomic, nor a copy of many bytes.
static bool whole(const struct rf_model_side *s) { return *s->library || s->size > sizeof(void *); }
static bool fits_whole(const struct rf_model *m) { return whole(&m->now) || whole(&m->before); }
static bool fits_any(const struct rf_model *m) {
  (void)m;
  return true;
}

// ---- The table ----
// In the texts: $e the expression, $p the place of the plain or unlocked side, $l the lock of one side or of
// both, $n and $b the locks of the present and of the earlier side.

static const struct row {
  bool (*fits)(const struct rf_model *m);
  const char *goroutines, *threads;
} rows[] = {
    {fits_release, "release the memory only after every goroutine that uses it has finished (go_wg_wait).",
     "release the memory only after every thread that uses it has finished (join it first)."},
    {fits_wait_group,
     "call go_wg_add before the go statement, not in the goroutine that it counts: go_wg_wait may come first, finds "
     "nothing to wait for, and goes on.",
     "call go_wg_add before the thread is started, not in the thread that it counts: go_wg_wait may come first, "
     "finds nothing to wait for, and goes on."},
    {fits_channel,
     "close or free a channel only when no other goroutine sends on it any more: wait for the senders first "
     "(go_wg_wait), or leave it to the only one that sends.",
     "close or free a channel only when no other thread sends on it any more: wait for the senders first, or leave "
     "it to the only one that sends."},
    {fits_mixed,
     "one side is atomic and the other is not: make the plain access$p atomic too, or hold one mutex around "
     "both.",
     "one side is atomic and the other is not: make the plain access$p atomic too, or hold one mutex around "
     "both."},
    {fits_read_lock,
     "both sides hold $l for reading only, which keeps out no other reader: where memory is written, hold it "
     "for "
     "writing (go_wlock).",
     "both sides hold $l for reading only, which keeps out no other reader: where memory is written, hold it "
     "for "
     "writing."},
    {fits_two_locks,
     "the two sides hold different locks, and different locks do not keep each other out: choose one of $n and "
     "$b, and "
     "hold it around both.",
     "the two sides hold different locks, and different locks do not keep each other out: choose one of $n and "
     "$b, and "
     "hold it around both."},
    {fits_one_lock, "one side holds a lock and the other does not: hold $l around the access$p too.",
     "one side holds a lock and the other does not: hold $l around the access$p too."},
    {fits_container,
     "objects of the standard library do not lock themselves: hold one mutex around every use of this one "
     "while "
     "any goroutine changes it.",
     "objects of the standard library do not lock themselves: hold one mutex around every use of this one "
     "while any "
     "thread changes it."},
    {fits_flag,
     "$e tells another goroutine that something is ready. Wait on a channel or a wait group instead, or make "
     "it "
     "atomic: stored with release, loaded with acquire.",
     "$e tells another thread that something is ready. Make it atomic, stored with release and loaded with "
     "acquire, "
     "or wait on a condition variable instead."},
    {fits_loop_variable,
     "the goroutine is given the address of a variable that its starter goes on changing: pass the value, or a "
     "copy that nobody else uses.",
     "the thread is given the address of a variable that its starter goes on changing: pass the value, or a "
     "copy "
     "that nobody else uses."},
    {fits_counter,
     "$e is read and written back in two steps, and another goroutine can come between them: add atomically "
     "(go_add), "
     "or hold one mutex around both (go_lock).",
     "$e is read and written back in two steps, and another thread can come between them: make it atomic "
     "(atomic_fetch_add, std::atomic), or hold one mutex around both."},
    {fits_lazy,
     "if $e is to be set once by whoever comes first, set it in go_once_do; otherwise hold one mutex around "
     "the test "
     "and the setting.",
     "if $e is to be set once by whoever comes first, set it in pthread_once, call_once or a function's "
     "static; "
     "otherwise hold one mutex around the test and the setting."},
    {fits_not_counted,
     "the go_wg_wait before the access did not wait for this goroutine: call go_wg_add before its go statement, and "
     "go_wg_done after its last access.",
     "the go_wg_wait before the access did not wait for this thread: call go_wg_add before it is started, and "
     "go_wg_done after its last access."},
    {fits_result,
     "wait for the goroutine before using its result (go_wg_wait, or receive it from a channel); sleeping "
     "orders "
     "nothing.",
     "join the thread before using its result, or hold one mutex around both accesses; sleeping orders "
     "nothing."},
    {fits_whole, "hold one mutex around both (go_lock), or wait for the goroutine first (go_wg_wait).",
     "hold one mutex around both, or join the thread first."},
    {fits_any,
     "hold one mutex around both (go_lock), make both atomic (go_add, go_load, go_store), or wait for the "
     "goroutine first (go_wg_wait).",
     "hold one mutex around both, make both atomic, or join the thread first."},
};

// ---- Text ----

static void put_lock(struct rf_out *o, const struct rf_model_side *side) {
  const struct rf_model_lock *l = side->lock_count ? &side->lock[0] : NULL;
  if (l && *l->name) {
    rf_put_name(o, l->name);
    return;
  }
  rf_put(o, "that ");
  rf_put(o, l ? l->kind : "lock");
}

static void put_plain_place(struct rf_out *o, const struct rf_model *m) {
  const bool now = m->now.atomic != m->before.atomic ? !m->now.atomic : !m->now.lock_count;
  const struct rf_model_frame *f = rf_stack_place(now ? &m->now.stack : &m->before.stack);
  if (!f)
    return;
  rf_put(o, " at ");
  rf_put_place(o, f);
}

static void put_field(struct rf_out *o, char field, const struct rf_model *m) {
  switch (field) {
  case 'e':
    rf_put_name(o, *m->now.expr ? m->now.expr : *m->before.expr ? m->before.expr : "it");
    return;
  case 'p':
    put_plain_place(o, m);
    return;
  case 'b':
    put_lock(o, &m->before);
    return;
  default:
    put_lock(o, field == 'n' || m->now.lock_count ? &m->now : &m->before);
  }
}

void rf_mend(struct rf_text *out, const struct rf_model *m) {
  struct rf_out text = {out, NULL}, *o = &text;
  const bool go = m->now.who.kind == RF_THREAD_GOROUTINE || m->before.who.kind == RF_THREAD_GOROUTINE;
  const struct row *row = rows;
  while (!row->fits(m))
    row++;
  for (const char *s = go ? row->goroutines : row->threads; *s; s++) {
    if (*s == '$')
      put_field(o, *++s, m);
    else
      rf_text_add_n(out, s, 1);
  }
}
