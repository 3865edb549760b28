#include "audit.h"

#include "archive.h"
#include "memory.h"
#include "walk.h"

#include <stdio.h>
#include <stdlib.h>

const char *verdict_name(unsigned verdict) {
  static const char *const names[VERDICTS] = {"checked", "proved", "private", "unchecked", "unknown", "own"};
  return verdict < VERDICTS ? names[verdict] : "";
}

const char *sync_name(const struct audit_sync *s) {
  static const char *const names[] = {[SYNC_LOCK] = "locked instruction",
                                      [SYNC_XCHG] = "exchange with memory",
                                      [SYNC_FENCE] = "fence",
                                      [SYNC_EXCLUSIVE] = "exclusive access",
                                      [SYNC_ORDERED] = "acquire or release",
                                      [SYNC_ATOMIC] = "atomic instruction"};
  if (s->kind == SYNC_SYSCALL)
    return s->is_futex ? "futex system call" : "system call of unknown number";
  return names[s->kind];
}

uint32_t audit_good(const struct audit_module *m) {
  return m->count[VERDICT_CHECKED] + m->count[VERDICT_PROVED];
}

uint32_t audit_judged(const struct audit_module *m) {
  return audit_good(m) + m->count[VERDICT_UNCHECKED] + m->count[VERDICT_UNKNOWN];
}

// ---- One function ----

struct scan {
  struct audit_module *module;
  struct audit_function *function;
  struct walker *walker;
  bool idle; // nothing but padding so far
};

static void add_site(struct scan *s, uint64_t site) {
  struct audit_module *m = s->module;
  for (uint32_t n = s->function->first_site; n < m->site_count; n++)
    if (m->sites[n] == site)
      return;
  m->sites = audit_more(m->sites, m->site_count, sizeof *m->sites);
  m->sites[m->site_count++] = site;
  s->function->sites++;
}

static void add_sync(struct scan *s, const struct walk_step *step) {
  struct audit_module *m = s->module;
  const struct insn *in = step->shown.insn;
  struct audit_sync y = {in->address, m->function_count, in->sync, step->shown.is_futex, ""};
  char text[128];
  decode_text(s->walker->decoder, image_bytes(&m->image, in->address, in->size), in->address, text,
              sizeof text);
  // The mnemonic: one word, or two after a prefix.
  size_t n = strcspn(text, " ");
  if (strncmp(text, "lock ", 5) == 0)
    n = 5 + strcspn(text + 5, " ");
  snprintf(y.text, sizeof y.text, "%.*s", (int)n, *text == '(' ? "" : text);
  m->syncs = audit_more(m->syncs, m->sync_count, sizeof *m->syncs);
  m->syncs[m->sync_count++] = y;
  s->function->syncs++;
}

static void scan_step(const struct walk_step *step, void *arg) {
  struct scan *s = arg;
  struct audit_function *f = s->function;
  const struct insn *in = step->shown.insn;
  struct site site;
  f->instructions++;
  s->idle &= in->is_padding;
  if (!in->decoded && !in->is_padding)
    s->module->undecoded += in->size;
  const bool by_hand = step->shown.mark == MARK_SYNC && step->touches_others;
  const bool memory = step->shown.mark == MARK_MEMORY || by_hand;
  f->asm_memory |= by_hand;
  f->loads += memory && in->loads;
  f->stores += memory && in->stores;
  f->checks += step->shown.mark == MARK_CHECK;
  f->by_tsan |= step->entry == ENTRY_TSAN_CHECK || step->entry == ENTRY_TSAN_OTHER;
  f->traced |= step->entry != ENTRY_NONE;
  if (step->shown.mark == MARK_SYNC)
    add_sync(s, step);
  if (step->shown.site) {
    f->traced = true;
    if (site_read(&s->module->image, step->shown.site, &site) && site.is_access)
      add_site(s, step->shown.site);
  }
}

// ---- Own code ----

// What the compiler's start-up files put before the program's code has no entry in any table.
#define START_BYTES 512

static bool is_own(const struct audit_module *m, const struct ranges *r, size_t n) {
  const struct range *f = &r->at[n];
  const struct region *g = image_region(&m->image, f->address);
  if (f->covered)
    return false;
  if (!g || g->flags & (REGION_STUBS | REGION_RUNTIME) || strcmp(g->name, ".init") == 0 ||
      strcmp(g->name, ".fini") == 0)
    return true;
  if (f->name)
    return is_own_name(f->name);
  if (m->image.entry && f->address == m->image.entry)
    return true;
  return f->between && f->size <= START_BYTES && !m->image.is_object && strcmp(g->name, ".text") == 0 &&
         (f->address == g->address || (n && r->at[n - 1].address == m->image.entry));
}

// ---- Helpers that the pass puts beside a program's functions ----

struct helper {
  uint32_t checks, sites;
};

static void count_helper(const struct walk_step *step, void *arg) {
  struct helper *h = arg;
  h->checks += step->entry == ENTRY_CHECK;
  h->sites += step->shown.site != 0;
}

// In a file without symbols: a short function that hands a site on to the runtime holds the check of its
// callers.
static void find_helpers(const struct audit_module *m, const struct ranges *r, struct walker *w) {
  enum { HELPER_BYTES = 256 };
  const size_t known = w->target_count;
  struct target *found = NULL;
  size_t count = 0;
  for (size_t n = 0; n < r->count && known; n++) {
    const struct range *f = &r->at[n];
    struct helper h = {0};
    if (f->covered || f->between || f->name || f->size > HELPER_BYTES || is_own(m, r, n))
      continue;
    walk(w, f->address, f->size, count_helper, &h);
    if (h.checks != 1 || h.sites)
      continue;
    found = audit_more(found, count, sizeof *found);
    found[count++] = (struct target){f->address, ENTRY_CHECK, "__rf_check"};
  }
  for (size_t n = 0; n < count; n++)
    walker_add(w, found[n]);
  walker_order(w);
  free(found);
}

// ---- The whole ----

static enum verdict judge(const struct audit_module *m, const struct audit_function *f, bool lists_covered) {
  if (f->verdict == VERDICT_OWN)
    return VERDICT_OWN;
  if (f->checks)
    return VERDICT_CHECKED;
  if (!f->loads && !f->stores)
    return VERDICT_PRIVATE;
  if ((f->covered || f->traced) && !f->asm_memory)
    return VERDICT_PROVED;
  if (f->covered)
    return VERDICT_UNCHECKED; // inline assembly, which the pass does not look into
  if (f->between)
    return m->has_redflag || m->has_tsan ? VERDICT_UNKNOWN : VERDICT_UNCHECKED;
  if (m->has_tsan || (m->has_redflag && !lists_covered))
    return VERDICT_UNKNOWN;
  return VERDICT_UNCHECKED;
}

static void scan_functions(struct audit_module *m, const struct ranges *r, struct walker *w) {
  m->functions = audit_alloc(r->count, sizeof *m->functions);
  for (size_t n = 0; n < r->count && n < UINT32_MAX; n++) {
    const struct range *range = &r->at[n];
    struct audit_function *f = &m->functions[m->function_count];
    struct scan s = {m, f, w, true};
    *f = (struct audit_function){.address = range->address,
                                 .size = range->size,
                                 .name = range->name,
                                 .covered = range->covered,
                                 .between = range->between,
                                 .first_site = m->site_count,
                                 .first_sync = m->sync_count};
    f->intercepted = f->name && is_intercepted(f->name);
    if (is_own(m, r, n) || (!range->covered && walker_target(w, range->address)))
      f->verdict = VERDICT_OWN;
    else {
      walk(w, range->address, range->size, scan_step, &s);
      if (range->between && s.idle)
        continue;
      m->code_bytes += range->size;
      m->has_tsan |= f->by_tsan;
    }
    m->function_count++;
  }
}

static void count_units(struct audit_module *m) {
  for (const struct region *s = NULL; (s = image_section(&m->image, "redflag_module", s));)
    m->units += (uint32_t)(s->size / sizeof(struct rf_module));
}

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

// NULL, or what is wrong.
static const char *scan(struct audit_module *m) {
  struct ranges ranges;
  struct walker w;
  functions_find(&ranges, &m->image);
  count_units(m);
  m->has_redflag = m->units || ranges.has_covered;
  m->modelled = !m->member && is_modelled(m->image.soname ? m->image.soname : base_name(m->path));
  const bool works = walker_open(&w, &m->image);
  if (works) {
    w.has_sites = m->has_redflag;
    if (m->has_redflag && !m->image.has_symbols)
      find_helpers(m, &ranges, &w);
    scan_functions(m, &ranges, &w);
    for (uint32_t n = 0; n < m->function_count; n++) {
      struct audit_function *f = &m->functions[n];
      f->verdict = (uint8_t)judge(m, f, ranges.has_covered);
      m->count[f->verdict]++;
    }
  }
  walker_close(&w);
  functions_free(&ranges);
  return works ? NULL : "cannot be disassembled: the library that does it was built without this architecture";
}

static bool audit_elf(struct bytes file, const char *path, const char *member, const struct audit_visitor *v) {
  struct audit_module m = {.path = path, .member = member};
  const char *mistake = image_open(&m.image, file);
  if (!mistake)
    mistake = scan(&m);
  if (mistake)
    v->mistake(path, member, mistake, v->arg);
  else
    v->module(&m, v->arg);
  free(m.functions);
  free(m.syncs);
  free(m.sites);
  image_close(&m.image);
  return !mistake;
}

// ---- Files ----

struct members {
  const char *path;
  const struct audit_visitor *visitor;
  bool fine;
};

static void audit_member(const char *name, struct bytes content, const char *mistake, void *arg) {
  struct members *s = arg;
  if (mistake) {
    s->visitor->mistake(s->path, name, mistake, s->visitor->arg);
    s->fine = false;
  } else
    s->fine &= audit_elf(content, s->path, name, s->visitor);
}

bool audit_bytes(struct bytes file, const char *path, const struct audit_visitor *v) {
  struct members s = {path, v, true};
  if (!archive_begins(file))
    return audit_elf(file, path, NULL, v);
  archive_each(file, path, audit_member, &s);
  return s.fine;
}

bool audit_file(const char *path, const struct audit_visitor *v) {
  struct bytes file;
  const char *mistake = file_open(path, &file);
  if (mistake) {
    v->mistake(path, NULL, mistake, v->arg);
    return false;
  }
  const bool fine = audit_bytes(file, path, v);
  file_close(&file);
  return fine;
}

// ---- Steps of a function ----

struct shown {
  void (*visit)(const struct audit_step *s, void *arg);
  void *arg;
};

static void show_step(const struct walk_step *step, void *arg) {
  const struct shown *s = arg;
  s->visit(&step->shown, s->arg);
}

void audit_steps(const struct audit_module *m, const struct audit_function *f,
                 void (*visit)(const struct audit_step *s, void *arg), void *arg) {
  struct shown s = {visit, arg};
  struct walker w;
  if (walker_open(&w, &m->image)) {
    w.has_sites = m->has_redflag;
    walk(&w, f->address, f->size, show_step, &s);
  }
  walker_close(&w);
}
