#include "elf_file.h"

#include "memory.h"

#include <stdlib.h>

static const char *check_header(const Elf64_Ehdr *h) {
  if (memcmp(h->e_ident, ELFMAG, SELFMAG))
    return "neither an ELF file nor an archive; name a program, library, object or archive";
  if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB ||
      (h->e_machine != EM_X86_64 && h->e_machine != EM_AARCH64))
    return "built for another machine than x86-64 and AArch64";
  if (h->e_type != ET_REL && h->e_type != ET_EXEC && h->e_type != ET_DYN)
    return "neither a program nor a library nor an object";
  if (h->e_shoff && h->e_shentsize != sizeof(Elf64_Shdr))
    return "malformed: its table of sections has entries of a wrong size";
  if (h->e_phnum && h->e_phentsize != sizeof(Elf64_Phdr))
    return "malformed: its table of segments has entries of a wrong size";
  return NULL;
}

bool elf_section(const struct elf_file *e, size_t number, Elf64_Shdr *out) {
  return number < e->section_count &&
         bytes_get(e->file, e->header.e_shoff + number * sizeof *out, out, sizeof *out);
}

bool elf_segment(const struct elf_file *e, size_t number, Elf64_Phdr *out) {
  return number < e->header.e_phnum && e->header.e_phoff <= e->file.size &&
         bytes_get(e->file, e->header.e_phoff + number * sizeof *out, out, sizeof *out);
}

struct bytes elf_content(const struct elf_file *e, const Elf64_Shdr *section) {
  if (section->sh_type == SHT_NOBITS)
    return (struct bytes){0};
  return bytes_part(e->file, section->sh_offset, section->sh_size);
}

const char *elf_section_name(const struct elf_file *e, const Elf64_Shdr *section) {
  const char *name = bytes_string(e->section_names, section->sh_name);
  return name ? name : "";
}

// What is looked up often.
static void read_singles(struct elf_file *e) {
  Elf64_Shdr s;
  Elf64_Phdr p;
  for (size_t n = 0; elf_section(e, n, &s) && !e->extended.at; n++)
    if (s.sh_type == SHT_SYMTAB_SHNDX)
      e->extended = elf_content(e, &s);
  for (size_t n = 0; elf_segment(e, n, &p) && !e->relro.p_memsz; n++)
    if (p.p_type == PT_GNU_RELRO)
      e->relro = p;
}

const char *elf_open(struct elf_file *e, struct bytes file) {
  Elf64_Shdr first, names;
  *e = (struct elf_file){.file = file};
  if (!bytes_get(file, 0, &e->header, sizeof e->header))
    return file.size >= SELFMAG && !memcmp(file.at, ELFMAG, SELFMAG)
               ? "malformed: it ends within the header"
               : "neither an ELF file nor an archive; name a program, library, object or archive";
  const char *mistake = check_header(&e->header);
  if (mistake || !e->header.e_shoff)
    return mistake;
  // Files with very many sections keep the numbers in section 0.
  if (!bytes_get(file, e->header.e_shoff, &first, sizeof first))
    return "malformed: its table of sections lies beyond its end; is the file complete?";
  const uint64_t count = e->header.e_shnum ? e->header.e_shnum : first.sh_size;
  if (count > (file.size - e->header.e_shoff) / sizeof first)
    return "malformed: its table of sections lies beyond its end; is the file complete?";
  e->section_count = (size_t)count;
  if (elf_section(e, e->header.e_shstrndx == SHN_XINDEX ? first.sh_link : e->header.e_shstrndx, &names))
    e->section_names = elf_content(e, &names);
  read_singles(e);
  e->section_address = audit_alloc(e->section_count, sizeof *e->section_address);
  return NULL;
}

void elf_close(struct elf_file *e) { free(e->section_address); }

// ---- Symbols ----

bool elf_symbols_open(struct elf_symbols *s, const struct elf_file *e, const Elf64_Shdr *section) {
  Elf64_Shdr strings;
  *s = (struct elf_symbols){.symbols = elf_content(e, section)};
  if (!s->symbols.at || !elf_section(e, section->sh_link, &strings))
    return false;
  s->strings = elf_content(e, &strings);
  s->count = s->symbols.size / sizeof(Elf64_Sym);
  return true;
}

bool elf_symbol(const struct elf_symbols *s, size_t number, Elf64_Sym *out) {
  return bytes_get(s->symbols, (uint64_t)number * sizeof *out, out, sizeof *out);
}

const char *elf_symbol_name(const struct elf_symbols *s, const Elf64_Sym *symbol) {
  const char *name = bytes_string(s->strings, symbol->st_name);
  return name ? name : "";
}

uint64_t elf_symbol_address(const struct elf_symbols *s, const struct elf_file *e, size_t number) {
  Elf64_Sym y;
  uint32_t section;
  if (!elf_symbol(s, number, &y))
    return 0;
  section = y.st_shndx;
  if (section == SHN_XINDEX && !bytes_get(e->extended, (uint64_t)number * 4, &section, 4))
    return 0;
  const bool defined = y.st_shndx != SHN_UNDEF && y.st_shndx != SHN_COMMON && y.st_shndx != SHN_ABS;
  if (e->header.e_type != ET_REL)
    return defined ? y.st_value : 0;
  if (!defined)
    return y.st_shndx == SHN_ABS || number >= OBJECT_SYMBOLS_MAX ? 0 : e->undefined + 16 * (uint64_t)number;
  return section < e->section_count && e->section_address[section] ? e->section_address[section] + y.st_value
                                                                   : 0;
}
