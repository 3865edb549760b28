#include "audit_words.h"

#include "demangle.h"

void words_module(struct buffer *b, const struct audit_module *m) {
  buffer_add(b, m->path);
  if (m->member)
    buffer_printf(b, "(%s)", m->member);
}

uint64_t words_address(const struct audit_module *m, uint64_t address) {
  const struct region *r = m->image.is_object ? image_region(&m->image, address) : NULL;
  return r ? address - r->address : address;
}

void words_function(struct buffer *b, const struct audit_module *m, const struct audit_function *f) {
  if (f->name)
    demangle_add(b, f->name);
  else
    buffer_printf(b, f->between ? "code at 0x%llx" : "function at 0x%llx",
                  (unsigned long long)words_address(m, f->address));
}

const char *words_kind(const struct audit_module *m) {
  return m->image.is_object ? "object" : m->image.soname || !m->image.entry ? "library" : "program";
}

const char *words_arch(const struct audit_module *m) {
  return m->image.arch == ARCH_X86_64 ? "x86-64" : "AArch64";
}

bool words_known(const struct audit_module *m, const struct audit_function *f) {
  return m->modelled || f->intercepted;
}

const char *words_origin(const struct audit_module *m, const struct audit_function *f) {
  if (words_known(m, f))
    return "known to the detector by name";
  if (f->covered || f->traced)
    return "inline assembly";
  return f->verdict == VERDICT_UNKNOWN || (m->has_tsan && !f->checks) ? "not known whether the compiler saw it"
                                                                      : "code without checks";
}

bool words_wants(enum show show, const struct audit_function *f) {
  switch (show) {
  case SHOW_CHECKED:
    return f->verdict == VERDICT_CHECKED || f->verdict == VERDICT_PROVED;
  case SHOW_UNCHECKED:
    return f->verdict == VERDICT_UNCHECKED || f->verdict == VERDICT_UNKNOWN;
  case SHOW_SYNC:
    return f->syncs != 0;
  case SHOW_ALL:
    return true;
  default:
    return false;
  }
}

double words_percent(uint64_t part, uint64_t whole) {
  return whole ? 100.0 * (double)part / (double)whole : 100.0;
}

bool words_place(const struct audit_module *m, const struct audit_function *f, struct site *out) {
  for (uint32_t n = 0; n < f->sites; n++)
    if (site_read(&m->image, m->sites[f->first_site + n], out) && *out->file && out->line && !out->inlined_at)
      return true;
  return false;
}
