// An audit for people: sums for each file, then the functions that somebody should look at.
#include "audit_plain.h"
#include "audit_words.h"

#include <inttypes.h>

#define LISTED_MAX 20 // of a kind, unless --show asks for all

static void print(FILE *f, struct buffer *raw) {
  struct buffer line = {0};
  buffer_add_plain(&line, buffer_text(raw), false);
  fprintf(f, "%s\n", buffer_text(&line));
  buffer_free(&line);
  buffer_free(raw);
}

static void plural(struct buffer *b, uint64_t n, const char *one, const char *many) {
  buffer_printf(b, "%" PRIu64 " %s", n, n == 1 ? one : many);
}

// ---- Functions ----

static void describe(struct buffer *b, const struct audit_module *m, const struct audit_function *f) {
  struct site place;
  if (f->verdict == VERDICT_CHECKED) {
    plural(b, f->checks, "check", "checks");
    if (f->sites)
      plural((buffer_add(b, " of "), b), f->sites, "place", "places");
  } else if (f->verdict == VERDICT_PROVED)
    buffer_add(b, "nothing in it to check");
  else if (f->verdict == VERDICT_PRIVATE)
    buffer_add(b, "its own stack, thread-local memory and constants only");
  else if (f->verdict == VERDICT_OWN)
    buffer_add(b, "of the detector, compiler or linker");
  else {
    plural(b, f->loads, "load", "loads");
    plural((buffer_add(b, ", "), b), f->stores, "store", "stores");
  }
  if (words_place(m, f, &place))
    buffer_printf(b, " (%s:%u)", place.file, place.line);
}

static void print_function(FILE *out, const struct audit_module *m, const struct audit_function *f) {
  struct buffer b = {0};
  buffer_printf(&b, "  %-9s ", verdict_name(f->verdict));
  words_function(&b, m, f);
  buffer_add(&b, ": ");
  describe(&b, m, f);
  print(out, &b);
}

static void print_sync(FILE *out, const struct audit_module *m, const struct audit_function *f) {
  struct buffer b = {0};
  buffer_add(&b, "  by hand   ");
  words_function(&b, m, f);
  buffer_add(&b, ": ");
  for (uint32_t n = 0; n < f->syncs && n < 4; n++) {
    const struct audit_sync *s = &m->syncs[f->first_sync + n];
    buffer_printf(&b, "%s%s", n ? ", " : "", s->kind == SYNC_SYSCALL || !*s->text ? sync_name(s) : s->text);
  }
  if (f->syncs > 4)
    buffer_printf(&b, " and %u more", f->syncs - 4);
  buffer_printf(&b, " (%s)", words_origin(m, f));
  print(out, &b);
}

// ---- A file ----

static void row(FILE *out, const struct audit_module *m, enum verdict v, const char *what) {
  if (m->count[v])
    fprintf(out, "  %-9s %8u  %s\n", verdict_name(v), m->count[v], what);
}

static void print_sums(FILE *out, const struct audit_module *m) {
  uint64_t checks = 0, by_hand = 0, known = 0;
  struct buffer b = {0};
  for (uint32_t n = 0; n < m->function_count; n++) {
    const struct audit_function *f = &m->functions[n];
    checks += f->verdict == VERDICT_CHECKED ? f->checks : 0;
    by_hand += f->syncs != 0;
    known += f->syncs && words_known(m, f);
  }
  words_module(&b, m);
  buffer_printf(&b, ": %s %s, ", words_arch(m), words_kind(m));
  if (audit_judged(m))
    buffer_printf(&b, "%u of %u functions checked (%.1f %%)", audit_good(m), audit_judged(m),
                  words_percent(audit_good(m), audit_judged(m)));
  else
    buffer_add(&b, m->function_count ? "nothing in it to check" : "no code in it");
  print(out, &b);
  buffer_printf(&b, "call checks, ");
  plural(&b, checks, "call", "calls");
  if (m->site_count)
    plural((buffer_add(&b, " at "), &b), m->site_count, "place of the source", "places of the source");
  row(out, m, VERDICT_CHECKED, buffer_text(&b));
  buffer_free(&b);
  row(out, m, VERDICT_PROVED, "the compiler looked at them and found nothing to check");
  row(out, m, VERDICT_PRIVATE,
      "touch their own stack, thread-local memory and constants only: nothing to check");
  row(out, m, VERDICT_UNCHECKED, "touch memory without checks");
  row(out, m, VERDICT_UNKNOWN, "touch memory; nothing tells whether the compiler looked at them");
  row(out, m, VERDICT_OWN, "of the detector, compiler or linker");
  if (by_hand)
    fprintf(out,
            "  by hand   %8" PRIu64 "  synchronise without a library; the detector knows %" PRIu64 " of them\n",
            by_hand, known);
  if (m->undecoded)
    fprintf(out, "  %" PRIu64 " bytes of code are unknown to the disassembler\n", m->undecoded);
}

static void text_begin(struct audit_out *o) { (void)o; }

static bool is_strange(const struct audit_module *m, const struct audit_function *f) {
  return f->syncs && !words_known(m, f);
}

static void list(struct audit_out *o, const struct audit_module *m, bool sync) {
  const bool summary = o->show == SHOW_SUMMARY;
  uint64_t left = 0, printed = 0;
  for (uint32_t n = 0; n < m->function_count; n++) {
    const struct audit_function *f = &m->functions[n];
    const bool wanted = sync ? (summary ? is_strange(m, f) : f->syncs != 0)
                             : words_wants(summary ? SHOW_UNCHECKED : o->show, f);
    if (!wanted)
      continue;
    if (summary && printed == LISTED_MAX) {
      left++;
      continue;
    }
    printed++;
    if (sync)
      print_sync(o->file, m, f);
    else
      print_function(o->file, m, f);
  }
  if (left)
    fprintf(o->file, "  and %" PRIu64 " more (--show %s lists them)\n", left, sync ? "sync" : "unchecked");
}

static void text_module(struct audit_out *o, const struct audit_module *m) {
  print_sums(o->file, m);
  // Of a file without any check all functions are unchecked: that needs no list.
  if (o->show != SHOW_SYNC && (o->show != SHOW_SUMMARY || audit_good(m)))
    list(o, m, false);
  if (o->show == SHOW_SUMMARY || o->show == SHOW_SYNC || o->show == SHOW_ALL)
    list(o, m, true);
}

static void print_plain(FILE *out, const struct audit_plain *p) {
  if (p->count)
    fprintf(out, "Without checks, by the reports; how many functions of each:\n");
  for (size_t n = 0; n < p->count; n++) {
    struct buffer b = {0};
    buffer_printf(&b, "  %-9s ", plain_weight_name(p->rows[n].weight));
    buffer_printf(&b, "%s: ", p->rows[n].name);
    plain_reason(&b, &p->rows[n]);
    print(out, &b);
  }
}

static void text_end(struct audit_out *o) {
  const struct totals *t = &o->totals;
  print_plain(o->file, o->plain);
  if (t->modules > 1)
    fprintf(o->file, "all %" PRIu64 ": %" PRIu64 " of %" PRIu64 " functions checked (%.1f %%)\n", t->modules,
            t->good, t->judged, words_percent(t->good, t->judged));
}

const struct audit_format audit_text = {"text", text_begin, text_module, text_end};
