#include "sites.h"

#include <stddef.h>

// The string that the distance in a field leads to. False: it leads nowhere.
static bool read_text(const struct image *i, uint64_t field, int32_t distance, const char **out) {
  *out = "";
  if (!distance)
    return true;
  const uint64_t address = field + (uint64_t)(int64_t)distance;
  const struct region *r = image_region(i, address);
  const char *text =
      r && r->flags & REGION_CONSTANT && !(r->flags & REGION_CODE) ? image_string(i, address) : NULL;
  if (!text || !*text)
    return false;
  *out = text;
  return true;
}

bool site_read(const struct image *i, uint64_t address, struct site *out) {
  const struct region *r = image_region(i, address);
  struct rf_site s;
  if (!r || address % 4 || r->flags & REGION_CODE || !(r->flags & REGION_CONSTANT) ||
      !bytes_get(r->content, address - r->address, &s, sizeof s))
    return false;
  const unsigned kind = s.kind & 0x3f;
  if (kind < RF_SITE_READ || kind > RF_SITE_FENCE || kind == RF_SITE_LIB || !s.func)
    return false;
  *out = (struct site){.line = s.line, .column = s.col, .kind = (uint8_t)kind, .size = s.size};
  out->is_access = kind != RF_SITE_CALL && kind != RF_SITE_GO;
  if (s.inlined_at)
    out->inlined_at = address + offsetof(struct rf_site, inlined_at) + (uint64_t)(int64_t)s.inlined_at;
  return read_text(i, address + offsetof(struct rf_site, file), s.file, &out->file) &&
         read_text(i, address + offsetof(struct rf_site, func), s.func, &out->function) &&
         read_text(i, address + offsetof(struct rf_site, expr), s.expr, &out->text) &&
         read_text(i, address + offsetof(struct rf_site, type), s.type, &out->type);
}

const char *site_kind_name(unsigned kind) {
  static const char *const names[] = {[RF_SITE_READ] = "read",
                                      [RF_SITE_WRITE] = "write",
                                      [RF_SITE_ATOMIC_READ] = "atomic read",
                                      [RF_SITE_ATOMIC_WRITE] = "atomic write",
                                      [RF_SITE_CALL] = "call",
                                      [RF_SITE_GO] = "go",
                                      [RF_SITE_VPTR] = "write of a vtable pointer",
                                      [RF_SITE_FENCE] = "fence"};
  return kind < sizeof names / sizeof *names && names[kind] ? names[kind] : "";
}
