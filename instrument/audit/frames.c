// The unwinder's table (.eh_frame, LSB Core 5.0 section 10.6): it survives `strip` and has each function's
// place.
#include "functions.h"

// Encodings of pointers (DWARF exception header).
enum {
  ABSOLUTE = 0x00,
  UDATA4 = 0x03,
  SDATA4 = 0x0b,
  SDATA8 = 0x0c,
  UDATA8 = 0x04,
  RELATIVE = 0x10,
  OMITTED = 0xff
};

struct reader {
  struct bytes b;
  uint64_t at;
  bool bad;
};

static uint64_t take(struct reader *r, size_t size) {
  uint64_t v = 0;
  if (!bytes_get(r->b, r->at, &v, size))
    r->bad = true;
  r->at += size;
  return v;
}

static void skip_leb(struct reader *r) {
  while (!r->bad && take(r, 1) & 0x80)
    ;
}

// The encoding of addresses that a common entry asks for. False: one that no compiler writes for code.
static bool encoding_of(struct bytes cie, unsigned *encoding) {
  struct reader r = {.b = cie};
  const unsigned version = (unsigned)take(&r, 1);
  const char *letters = bytes_string(cie, 1);
  *encoding = ABSOLUTE;
  if (!letters || (version != 1 && version != 3))
    return false;
  r.at = 1 + strlen(letters) + 1;
  if (*letters != 'z')
    return !*letters;
  skip_leb(&r); // code alignment
  skip_leb(&r); // data alignment
  skip_leb(&r); // return register
  skip_leb(&r); // bytes of what follows
  for (const char *p = letters + 1; *p && !r.bad; p++) {
    if (*p == 'R') {
      *encoding = (unsigned)take(&r, 1);
      return !r.bad;
    }
    if (*p == 'L')
      take(&r, 1);
    else if (*p == 'P') {
      const unsigned personality = (unsigned)take(&r, 1) & 0x0f;
      r.at += personality == UDATA4 || personality == SDATA4 ? 4 : 8;
    } else if (*p != 'S' && *p != 'B')
      return false;
  }
  return true;
}

static uint64_t pointer(struct reader *r, unsigned encoding, uint64_t section) {
  const uint64_t field = section + r->at;
  uint64_t v;
  switch (encoding & 0x0f) {
  case UDATA4:
    v = take(r, 4);
    break;
  case SDATA4:
    v = (uint64_t)(int64_t)(int32_t)take(r, 4);
    break;
  case ABSOLUTE:
  case UDATA8:
  case SDATA8:
    v = take(r, 8);
    break;
  default:
    r->bad = true;
    return 0;
  }
  return (encoding & 0x70) == RELATIVE ? v + field : v;
}

static void read_entry(const struct region *section, uint64_t at, uint64_t length,
                       void (*visit)(void *arg, uint64_t address, uint64_t size), void *arg) {
  struct reader r = {.b = section->content, .at = at};
  const uint32_t back = (uint32_t)take(&r, 4);
  uint32_t cie_length;
  unsigned encoding;
  if (!back || back > at)
    return; // a common entry, or one that leads to none
  const uint64_t cie = at - back;
  if (!bytes_get(r.b, cie, &cie_length, 4) || cie_length < 5 ||
      !encoding_of(bytes_part(r.b, cie + 8, cie_length - 4), &encoding) || encoding == OMITTED ||
      encoding & 0x80)
    return;
  const uint64_t address = pointer(&r, encoding, section->address), size = pointer(&r, encoding & 0x0f, 0);
  if (!r.bad && r.at <= at + length && address && size)
    visit(arg, address, size);
}

void frames_each(const struct image *i, void (*visit)(void *arg, uint64_t address, uint64_t size), void *arg) {
  for (const struct region *s = NULL; (s = image_section(i, ".eh_frame", s));) {
    uint32_t length;
    // An entry of length 0 ends the part of one object. Those of 64-bit length are for more than 4 GB of
    // entries.
    for (uint64_t at = 0; bytes_get(s->content, at, &length, 4); at += 4 + (uint64_t)length)
      if (length && length != UINT32_MAX)
        read_entry(s, at + 4, length, visit, arg);
  }
}
