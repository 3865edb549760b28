#include "audit_explain.h"

#include "demangle.h"
#include "lines.h"

#include <stdlib.h>
#include <string.h>

struct explain {
  FILE *out;
  const struct audit_module *module;
  struct decoder *decoder;
  struct lines *lines; // NULL: the file has none
  struct line last;    // that was printed
};

// Where debug information has it: the line of what follows, when it changes.
static void print_line(struct explain *e, uint64_t address) {
  struct buffer raw = {0}, text = {0};
  struct line line;
  if (!e->lines || !lines_find(e->lines, address, &line) ||
      (e->last.file && line.line == e->last.line && strcmp(line.file, e->last.file) == 0))
    return;
  e->last = line;
  buffer_printf(&raw, "%s:%d", line.file, line.line);
  buffer_add_plain(&text, buffer_text(&raw), false);
  fprintf(e->out, "  %s\n", buffer_text(&text));
  buffer_free(&raw);
  buffer_free(&text);
}

static void add_site(struct buffer *b, const struct audit_module *m, uint64_t address) {
  struct site s;
  if (!site_read(&m->image, address, &s))
    return;
  buffer_printf(b, "%s", site_kind_name(s.kind));
  if (*s.text)
    buffer_printf(b, " %s%s", s.is_access ? "of " : "", s.text);
  if (*s.type)
    buffer_printf(b, " (%s)", s.type);
  if (*s.file)
    buffer_printf(b, " at %s:%u:%u", s.file, s.line, s.column);
}

static void add_callee(struct buffer *b, const struct audit_module *m, const struct audit_step *s) {
  const struct insn *in = s->insn;
  const struct name *n = in->has_target && in->flow == FLOW_CALL ? image_name(&m->image, in->target) : NULL;
  const char *slot = in->by_slot ? image_slot(&m->image, in->target) : NULL;
  if (n || slot) {
    buffer_add(b, "calls ");
    demangle_add(b, n ? n->text : slot);
  }
}

static void print_step(const struct audit_step *s, void *arg) {
  struct explain *e = arg;
  const struct insn *in = s->insn;
  struct buffer note = {0}, raw = {0}, line = {0};
  char text[256];
  const char *sign = "  ";
  print_line(e, in->address);
  const uint64_t address = words_address(e->module, in->address);
  decode_text(e->decoder, image_bytes(&e->module->image, in->address, in->size), address, text, sizeof text);
  if (s->mark == MARK_CHECK)
    sign = "+ ", buffer_printf(&note, "check: calls %s", s->callee ? s->callee : "a helper that checks");
  else if (s->mark == MARK_SYNC)
    sign = "! ", buffer_printf(&note, "synchronises by hand%s", s->is_futex ? ": futex" : "");
  else if (s->mark == MARK_MEMORY)
    sign = in->stores ? "w " : "r ", buffer_add(&note, in->stores && in->loads ? "reads and writes memory"
                                                       : in->stores            ? "writes memory"
                                                                               : "reads memory");
  else if (s->site)
    add_site(&note, e->module, s->site);
  else if (in->flow == FLOW_CALL)
    add_callee(&note, e->module, s);
  buffer_printf(&raw, "  %s%8llx  %-48s%s%s", sign, (unsigned long long)address, text,
                *buffer_text(&note) ? " ; " : "", buffer_text(&note));
  while (raw.len && raw.at[raw.len - 1] == ' ')
    raw.at[--raw.len] = 0;
  buffer_add_plain(&line, buffer_text(&raw), false);
  fprintf(e->out, "%s\n", buffer_text(&line));
  buffer_free(&note);
  buffer_free(&raw);
  buffer_free(&line);
}

static void explain_function(struct explain *e, const struct audit_function *f) {
  struct buffer raw = {0}, line = {0};
  words_function(&raw, e->module, f);
  buffer_add(&raw, " in ");
  words_module(&raw, e->module);
  buffer_printf(&raw,
                ": %s; checks: %u, loads and stores of memory that others may have: %u and %u, by hand: %u",
                verdict_name(f->verdict), f->checks, f->loads, f->stores, f->syncs);
  buffer_add_plain(&line, buffer_text(&raw), false);
  fprintf(e->out, "%s\n", buffer_text(&line));
  buffer_free(&raw);
  buffer_free(&line);
  for (uint32_t n = 0; n < f->sites; n++) {
    buffer_add(&raw, "  checked: ");
    add_site(&raw, e->module, e->module->sites[f->first_site + n]);
    buffer_add_plain(&line, buffer_text(&raw), false);
    fprintf(e->out, "%s\n", buffer_text(&line));
    buffer_free(&raw);
    buffer_free(&line);
  }
  e->last = (struct line){0};
  audit_steps(e->module, f, print_step, e);
}

static bool is_named(const struct audit_function *f, const char *name) {
  struct buffer b = {0};
  if (!f->name)
    return false;
  if (strcmp(f->name, name) == 0)
    return true;
  if (strncmp(f->name, "_Z", 2) != 0)
    return false;
  demangle_add(&b, f->name);
  const size_t n = strlen(name);
  const bool same = strncmp(buffer_text(&b), name, n) == 0 && (!b.at[n] || b.at[n] == '(');
  buffer_free(&b);
  return same;
}

uint32_t audit_explain(FILE *out, const struct audit_module *m, const char *name) {
  char *end;
  const unsigned long long address = strncmp(name, "0x", 2) == 0 ? strtoull(name, &end, 16) : 0;
  struct explain e = {out, m, decoder_open(m->image.arch), NULL, {0}};
  uint32_t found = 0;
  for (uint32_t n = 0; n < m->function_count && e.decoder; n++) {
    const struct audit_function *f = &m->functions[n];
    if (!(address ? address - f->address < f->size : is_named(f, name)))
      continue;
    if (!found++)
      e.lines = lines_open(m);
    explain_function(&e, f);
  }
  lines_close(e.lines);
  decoder_close(e.decoder);
  return found;
}
