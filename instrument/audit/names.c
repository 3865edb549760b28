// Names of addresses: tables of symbols, slots of the global offset table, and the linker's stubs that jump by
// them.
#include "elf_file.h"
#include "memory.h"

#include <stdlib.h>

static void add_name(struct image *i, struct name n) {
  if (!n.address || !*n.text)
    return;
  i->names = audit_more(i->names, i->name_count, sizeof *i->names);
  i->names[i->name_count++] = n;
}

static void add_slot(struct image *i, uint64_t address, const char *text) {
  if (!*text)
    return;
  i->slots = audit_more(i->slots, i->slot_count, sizeof *i->slots);
  i->slots[i->slot_count++] = (struct slot){address, text};
}

static bool is_function(const struct image *i, const Elf64_Sym *y, uint64_t address) {
  const unsigned type = ELF64_ST_TYPE(y->st_info);
  if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE)
    return false;
  const struct region *r = image_region(i, address);
  // Labels without a type are functions of assembly if they are seen from elsewhere.
  return r && r->flags & REGION_CODE && (type != STT_NOTYPE || ELF64_ST_BIND(y->st_info) != STB_LOCAL);
}

static void read_symbols(const struct elf_file *e, struct image *i, const Elf64_Shdr *section) {
  struct elf_symbols symbols;
  Elf64_Sym y;
  if (!elf_symbols_open(&symbols, e, section))
    return;
  for (size_t n = 1; elf_symbol(&symbols, n, &y); n++) {
    const uint64_t address = elf_symbol_address(&symbols, e, n);
    const char *text = elf_symbol_name(&symbols, &y);
    const bool function = is_function(i, &y, address), undefined = y.st_shndx == SHN_UNDEF;
    if (function || (i->is_object && undefined))
      add_name(i, (struct name){address, function ? y.st_size : 0, text, function,
                                ELF64_ST_BIND(y.st_info) != STB_LOCAL});
    if (i->is_object && n < OBJECT_SYMBOLS_MAX)
      add_slot(i, e->slots + 8 * (uint64_t)n, text);
    if (undefined && *text && (i->is_object || ELF64_ST_TYPE(y.st_info) != STT_OBJECT)) {
      i->needs = audit_more(i->needs, i->need_count, sizeof *i->needs);
      i->needs[i->need_count++] = text;
    }
  }
}

// What the loader writes into the slots of a program or library.
static void read_slots(const struct elf_file *e, struct image *i, const Elf64_Shdr *relocations) {
  Elf64_Shdr section;
  struct elf_symbols symbols;
  Elf64_Rela r;
  Elf64_Sym y;
  if (!elf_section(e, relocations->sh_link, &section) || !elf_symbols_open(&symbols, e, &section))
    return;
  const struct bytes table = elf_content(e, relocations);
  for (uint64_t at = 0; bytes_get(table, at, &r, sizeof r); at += sizeof r)
    if (ELF64_R_SYM(r.r_info) && elf_symbol(&symbols, ELF64_R_SYM(r.r_info), &y))
      add_slot(i, r.r_offset, elf_symbol_name(&symbols, &y));
}

static void read_soname(const struct elf_file *e, struct image *i, const Elf64_Shdr *dynamic) {
  Elf64_Shdr strings;
  Elf64_Dyn d;
  if (!elf_section(e, dynamic->sh_link, &strings))
    return;
  const struct bytes table = elf_content(e, dynamic);
  for (uint64_t at = 0; bytes_get(table, at, &d, sizeof d) && d.d_tag != DT_NULL; at += sizeof d)
    if (d.d_tag == DT_SONAME)
      i->soname = bytes_string(elf_content(e, &strings), d.d_un.d_val);
}

// ---- Stubs ----

// `jmp *slot(%rip)`, after endbr64 and bnd where there are such; every stub begins at a multiple of 8 or 16.
static void read_stubs_x86(struct image *i, const struct region *r) {
  const bool narrow = strcmp(r->name, ".plt.got") == 0;
  for (size_t at = 0; at + 6 <= r->content.size; at++) {
    int32_t distance;
    const uint8_t *p = r->content.at + at;
    if (p[0] != 0xff || p[1] != 0x25)
      continue;
    memcpy(&distance, p + 2, sizeof distance);
    const char *text = image_slot(i, r->address + at + 6 + (uint64_t)(int64_t)distance);
    const uint64_t start = (r->address + at) & ~(uint64_t)(narrow && at % 16 == 8 ? 7 : 15);
    if (text)
      add_name(i, (struct name){start, 0, text, false, true});
  }
}

// `adrp x16, page; ldr x17, [x16, offset]`, after bti where there is such.
static void read_stubs_aarch64(struct image *i, const struct region *r) {
  for (size_t at = 0; at + 8 <= r->content.size; at += 4) {
    uint32_t page, load, before = 0;
    memcpy(&page, r->content.at + at, 4);
    memcpy(&load, r->content.at + at + 4, 4);
    if ((page & 0x9f00001f) != 0x90000010 || (load & 0xffc003ff) != 0xf9400211)
      continue;
    const int64_t pages = (int64_t)((uint64_t)((page >> 5 & 0x7ffff) << 2 | (page >> 29 & 3)) << 43) >> 43;
    const uint64_t slot =
        ((r->address + at) & ~UINT64_C(0xfff)) + ((uint64_t)pages << 12) + (load >> 10 & 0xfff) * 8;
    const char *text = image_slot(i, slot);
    if (at)
      memcpy(&before, r->content.at + at - 4, 4);
    if (text)
      add_name(i, (struct name){r->address + at - (before == 0xd503245f ? 4 : 0), 0, text, false, true});
  }
}

// ---- All ----

static int by_name(const void *a, const void *b) {
  const struct name *x = a, *y = b;
  if (x->address != y->address)
    return x->address < y->address ? -1 : 1;
  // Of several names of one address the first is shown: with a size, seen from elsewhere, without leading
  // underscores.
  if (!x->size != !y->size)
    return x->size ? -1 : 1;
  if (x->is_global != y->is_global)
    return x->is_global ? -1 : 1;
  const size_t lead_x = strspn(x->text, "_"), lead_y = strspn(y->text, "_");
  return lead_x != lead_y ? (lead_x < lead_y ? -1 : 1) : strcmp(x->text, y->text);
}

static int by_slot(const void *a, const void *b) {
  const struct slot *x = a, *y = b;
  return x->address < y->address ? -1 : x->address > y->address;
}

static void drop_doubles(struct image *i) {
  size_t kept = 0;
  for (size_t n = 0; n < i->name_count; n++)
    if (!kept || i->names[kept - 1].address != i->names[n].address)
      i->names[kept++] = i->names[n];
  i->name_count = kept;
}

void elf_read_names(const struct elf_file *e, struct image *i) {
  Elf64_Shdr s;
  size_t left = e->file.size; // as in elf_relocate
  for (size_t n = 0; elf_section(e, n, &s); n++) {
    if (s.sh_type != SHT_SYMTAB && s.sh_type != SHT_DYNSYM && s.sh_type != SHT_RELA && s.sh_type != SHT_DYNAMIC)
      continue;
    if (s.sh_size > left)
      continue;
    left -= s.sh_size;
    if (s.sh_type == SHT_SYMTAB)
      i->has_symbols = true;
    if (s.sh_type == SHT_SYMTAB || s.sh_type == SHT_DYNSYM)
      read_symbols(e, i, &s);
    else if (s.sh_type == SHT_DYNAMIC)
      read_soname(e, i, &s);
    else if (!i->is_object)
      read_slots(e, i, &s);
  }
  if (i->slot_count)
    qsort(i->slots, i->slot_count, sizeof *i->slots, by_slot);
  for (const struct region *r = i->regions; r && r < i->regions + i->region_count; r++)
    if (r->flags & REGION_STUBS) {
      if (i->arch == ARCH_X86_64)
        read_stubs_x86(i, r);
      else
        read_stubs_aarch64(i, r);
    }
  if (i->name_count)
    qsort(i->names, i->name_count, sizeof *i->names, by_name);
  drop_doubles(i);
}
