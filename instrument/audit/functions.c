#include "functions.h"

#include "memory.h"
#include "rf_abi.h"

#include <stdlib.h>

static void add(struct ranges *r, struct range range) {
  r->at = audit_more(r->at, r->count, sizeof *r->at);
  r->at[r->count++] = range;
}

struct collect {
  struct ranges *ranges;
  const struct image *image;
  bool covered;
};

static void add_frame(void *arg, uint64_t address, uint64_t size) {
  struct collect *c = arg;
  const struct region *r = image_region(c->image, address);
  if (r && r->flags & REGION_CODE)
    add(c->ranges, (struct range){.address = address, .size = size, .covered = c->covered});
}

// The list of the pass: distance from the entry to the function, size of the function.
static void read_covered(struct ranges *r, const struct image *i) {
  struct collect c = {r, i, true};
  for (const struct region *s = NULL; (s = image_section(i, RF_COVERED_SECTION, s));) {
    int32_t entry[2];
    r->has_covered = true;
    for (uint64_t at = 0; bytes_get(s->content, at, entry, sizeof entry); at += sizeof entry)
      if (entry[0]) // what the linker threw away
        add_frame(&c, s->address + at + (uint64_t)(int64_t)entry[0], (uint32_t)entry[1]);
  }
}

// First by address; a name before none, so that merging keeps it.
static int by_address(const void *a, const void *b) {
  const struct range *x = a, *y = b;
  if (x->address != y->address)
    return x->address < y->address ? -1 : 1;
  return (x->name == NULL) - (y->name == NULL);
}

// One range for each beginning. A beginning inside a function whose size is known is none of a function, unless
// it has a name.
static void merge(struct ranges *r) {
  size_t kept = 0;
  for (size_t n = 0; n < r->count; n++) {
    struct range *last = kept ? &r->at[kept - 1] : NULL, *next = &r->at[n];
    if (last && next->address == last->address) {
      last->size = last->size ? last->size : next->size;
      last->covered |= next->covered;
    } else if (!last || next->name || next->covered || next->address - last->address >= last->size)
      r->at[kept++] = *next;
  }
  r->count = kept;
}

static bool is_padding(struct bytes b) {
  for (size_t n = 0; n < b.size; n++)
    if (b.at[n] && b.at[n] != 0xcc && b.at[n] != 0x90)
      return false;
  return true;
}

static void add_between(struct ranges *r, const struct image *i, uint64_t from, uint64_t to) {
  const struct bytes b = to > from ? image_bytes(i, from, to - from) : (struct bytes){0};
  if (b.at && !is_padding(b))
    add(r, (struct range){.address = from, .size = to - from, .between = true});
}

// Ends each range before the next one, and fills the room between.
static void close_ranges(struct ranges *r, const struct image *i) {
  const size_t count = r->count;
  size_t n = 0;
  for (const struct region *g = i->regions; g && g < i->regions + i->region_count; g++) {
    if (!(g->flags & REGION_CODE))
      continue;
    const uint64_t end = g->address + g->content.size;
    uint64_t at = g->address;
    for (; n < count && r->at[n].address < g->address; n++)
      r->at[n].size = 0;
    for (; n < count && r->at[n].address - g->address < g->size; n++) {
      struct range range = r->at[n];
      const uint64_t next = n + 1 < count && r->at[n + 1].address < end ? r->at[n + 1].address : end;
      if (range.address >= end) {
        r->at[n].size = 0;
        continue;
      }
      if (!range.size || range.size > next - range.address)
        range.size = next - range.address;
      r->at[n].size = range.size;
      add_between(r, i, at, range.address);
      at = range.address + range.size;
    }
    add_between(r, i, at, end);
  }
  for (; n < count; n++)
    r->at[n].size = 0;
  if (r->count)
    qsort(r->at, r->count, sizeof *r->at, by_address);
}

static void drop_empty(struct ranges *r) {
  size_t kept = 0;
  for (size_t n = 0; n < r->count; n++)
    if (r->at[n].size)
      r->at[kept++] = r->at[n];
  r->count = kept;
}

void functions_find(struct ranges *r, const struct image *i) {
  struct collect c = {r, i, false};
  *r = (struct ranges){0};
  for (size_t n = 0; n < i->name_count; n++)
    if (i->names[n].is_function)
      add(r,
          (struct range){.address = i->names[n].address, .size = i->names[n].size, .name = i->names[n].text});
  frames_each(i, add_frame, &c);
  read_covered(r, i);
  if (i->entry)
    add_frame(&c, i->entry, 0);
  if (r->count)
    qsort(r->at, r->count, sizeof *r->at, by_address);
  merge(r);
  close_ranges(r, i);
  drop_empty(r);
}

void functions_free(struct ranges *r) { free(r->at); }
