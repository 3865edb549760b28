#include "image.h"

#include "elf_file.h"
#include "memory.h"
#include "rf_abi.h"

#include <stddef.h>
#include <stdlib.h>

// ---- Regions ----

static void add_region(struct image *i, struct region r) {
  if (!r.size || r.address + r.size < r.address)
    return;
  i->regions = audit_more(i->regions, i->region_count, sizeof *i->regions);
  i->regions[i->region_count++] = r;
}

static bool begins_with(const char *s, const char *with) { return strncmp(s, with, strlen(with)) == 0; }

static bool is_relocated_once(const struct elf_file *e, const Elf64_Shdr *s, const char *name) {
  const Elf64_Phdr *p = &e->relro;
  return begins_with(name, ".data.rel.ro") || begins_with(name, ".got") ||
         (s->sh_addr >= p->p_vaddr && s->sh_addr - p->p_vaddr < p->p_memsz &&
          s->sh_size <= p->p_memsz - (s->sh_addr - p->p_vaddr));
}

static unsigned flags_of(const struct elf_file *e, const Elf64_Shdr *s, const char *name) {
  unsigned flags = 0;
  if (s->sh_flags & SHF_EXECINSTR)
    flags |= REGION_CODE | (begins_with(name, ".plt") || begins_with(name, ".iplt") ? REGION_STUBS : 0);
  if (strcmp(name, RF_RUNTIME_SECTION) == 0 || strcmp(name, RF_INTERCEPT_SECTION) == 0)
    flags |= REGION_RUNTIME;
  if (!(s->sh_flags & SHF_WRITE) || is_relocated_once(e, s, name))
    flags |= REGION_CONSTANT;
  return flags;
}

// Sections of objects get addresses one after the other, with room between.
static const char *read_sections(struct elf_file *e, struct image *i) {
  Elf64_Shdr s;
  uint64_t next = OBJECT_BASE, symbols = 0;
  for (size_t n = 0; elf_section(e, n, &s); n++) {
    const char *name = elf_section_name(e, &s);
    if (s.sh_type == SHT_SYMTAB && s.sh_size / sizeof(Elf64_Sym) > symbols)
      symbols = s.sh_size / sizeof(Elf64_Sym);
    if (!(s.sh_flags & SHF_ALLOC) || (s.sh_flags & SHF_TLS && s.sh_type == SHT_NOBITS))
      continue;
    if (i->is_object) {
      const uint64_t align = s.sh_addralign > 4096 || s.sh_addralign < 16 ? 16 : s.sh_addralign;
      next = (next + 64 + align - 1) / align * align;
      s.sh_addr = next;
      if (s.sh_size > OBJECT_END - next)
        return "an object of more than a gigabyte, which no linker would take";
      next += s.sh_size;
    }
    e->section_address[n] = s.sh_addr;
    add_region(i, (struct region){s.sh_addr, s.sh_size, elf_content(e, &s), flags_of(e, &s, name), name, n});
  }
  if (i->is_object) {
    symbols = symbols < OBJECT_SYMBOLS_MAX ? symbols : OBJECT_SYMBOLS_MAX;
    e->undefined = (next + 127) / 64 * 64;
    i->made_slots = e->slots = e->undefined + 16 * symbols;
    i->made_end = e->slots + 8 * symbols;
  }
  return NULL;
}

static void read_segments(const struct elf_file *e, struct image *i) {
  Elf64_Phdr p;
  for (size_t n = 0; elf_segment(e, n, &p); n++)
    if (p.p_type == PT_LOAD)
      add_region(
          i, (struct region){p.p_vaddr, p.p_memsz, bytes_part(e->file, p.p_offset, p.p_filesz),
                             (p.p_flags & PF_X ? REGION_CODE : 0) | (p.p_flags & PF_W ? 0 : REGION_CONSTANT),
                             "", 0});
}

static int by_region(const void *a, const void *b) {
  const struct region *x = a, *y = b;
  return x->address < y->address ? -1 : x->address > y->address;
}

// No byte is looked at twice, whatever the file says.
static const char *order_regions(struct image *i) {
  uint64_t content = 0;
  if (i->region_count)
    qsort(i->regions, i->region_count, sizeof *i->regions, by_region);
  for (size_t n = 0; n < i->region_count; n++) {
    struct region *r = &i->regions[n];
    content += r->content.size;
    if (n && r->address - r[-1].address < r[-1].size)
      return "malformed: two of its sections have the same addresses";
    if (content > i->file.size)
      return "malformed: its sections share bytes of the file";
    if (r->content.size > r->size)
      r->content.size = (size_t)r->size;
  }
  return NULL;
}

// ---- All ----

const char *image_open(struct image *i, struct bytes file) {
  struct elf_file e;
  *i = (struct image){.file = file};
  const char *mistake = elf_open(&e, file);
  if (!mistake) {
    i->arch = e.header.e_machine == EM_X86_64 ? ARCH_X86_64 : ARCH_AARCH64;
    i->is_object = e.header.e_type == ET_REL;
    i->entry = i->is_object ? 0 : e.header.e_entry;
    mistake = read_sections(&e, i);
    if (!i->region_count && !i->is_object)
      read_segments(&e, i);
  }
  if (!mistake)
    mistake = order_regions(i);
  if (!mistake) {
    if (i->is_object)
      elf_relocate(&e);
    elf_read_names(&e, i);
  }
  elf_close(&e);
  return mistake;
}

void image_close(struct image *i) {
  free(i->regions);
  free(i->names);
  free(i->slots);
  free(i->needs);
}

// ---- Look-up ----

const struct region *image_region(const struct image *i, uint64_t address) {
  size_t low = 0, high = i->region_count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const struct region *r = &i->regions[middle];
    if (address < r->address)
      high = middle;
    else if (address - r->address >= r->size)
      low = middle + 1;
    else
      return r;
  }
  return NULL;
}

const struct region *image_section(const struct image *i, const char *name, const struct region *after) {
  for (const struct region *r = after ? after + 1 : i->regions; r && r < i->regions + i->region_count; r++)
    if (strcmp(r->name, name) == 0)
      return r;
  return NULL;
}

struct bytes image_bytes(const struct image *i, uint64_t address, uint64_t size) {
  const struct region *r = image_region(i, address);
  return r ? bytes_part(r->content, address - r->address, size) : (struct bytes){0};
}

const char *image_string(const struct image *i, uint64_t address) {
  const struct region *r = image_region(i, address);
  return r ? bytes_string(r->content, address - r->address) : NULL;
}

// Of entries that begin with their address and lie by address: the first at this one, NULL if there is none.
static const void *first_at(const void *entries, size_t count, size_t bytes, uint64_t address) {
  size_t low = 0, high = count;
  uint64_t found = 0;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    memcpy(&found, (const char *)entries + middle * bytes, sizeof found);
    if (found < address)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == count)
    return NULL;
  const char *entry = (const char *)entries + low * bytes;
  memcpy(&found, entry, sizeof found);
  return found == address ? entry : NULL;
}

_Static_assert(!offsetof(struct name, address) && !offsetof(struct slot, address), "look-ups begin with the address");

const struct name *image_name(const struct image *i, uint64_t address) {
  return first_at(i->names, i->name_count, sizeof *i->names, address);
}

const char *image_slot(const struct image *i, uint64_t address) {
  const struct slot *s = first_at(i->slots, i->slot_count, sizeof *i->slots, address);
  return s ? s->text : NULL;
}
