// Fuzzes the audit: ELF files and archives that anybody may have made.
#include "audit.h"

#include <stdlib.h>

struct seen {
  unsigned long long sum;
};

static void take_step(const struct audit_step *s, void *arg) {
  ((struct seen *)arg)->sum += s->insn->size + s->site;
}

static void take_module(const struct audit_module *m, void *arg) {
  struct seen *seen = arg;
  for (uint32_t n = 0; n < m->function_count; n++) {
    const struct audit_function *f = &m->functions[n];
    if (f->name)
      seen->sum += strlen(f->name);
    for (uint32_t k = 0; k < f->syncs; k++)
      seen->sum += strlen(sync_name(&m->syncs[f->first_sync + k]));
    for (uint32_t k = 0; k < f->sites; k++) {
      struct site s;
      if (site_read(&m->image, m->sites[f->first_site + k], &s))
        seen->sum += strlen(s.file) + strlen(s.text);
    }
    if (n < 2)
      audit_steps(m, f, take_step, seen);
  }
}

static void take_mistake(const char *path, const char *member, const char *what, void *arg) {
  ((struct seen *)arg)->sum += strlen(path) + (member ? strlen(member) : 0) + strlen(what);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct seen seen = {0};
  const struct audit_visitor v = {take_module, take_mistake, &seen};
  struct bytes file = {malloc(size ? size : 1), size}; // of its own, so that a read beyond the end is noticed
  if (size)
    memcpy(file.at, data, size);
  // Thin archives name files, which are not for a fuzzer to open.
  if (size < 8 || memcmp(data, "!<thin>\n", 8) != 0)
    audit_bytes(file, "input", &v);
  free(file.at);
  return seen.sum == 1;
}
