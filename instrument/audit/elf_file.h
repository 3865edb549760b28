// Headers of an ELF file, each looked at before it is used.
#ifndef RF_AUDIT_ELF_FILE_H
#define RF_AUDIT_ELF_FILE_H

#include "image.h"

#include <elf.h>

struct elf_file {
  struct bytes file;
  Elf64_Ehdr header;
  struct bytes section_names;
  size_t section_count;
  struct bytes extended;     // section numbers of symbols beyond 16 bits
  Elf64_Phdr relro;          // what is written to only while the program starts
  uint64_t undefined, slots; // of objects: addresses of symbol 0, if it were undefined, and of its slot
  uint64_t *section_address; // by number; 0: it has none. Of objects: what the audit gave it
};

// NULL, or what is wrong.
const char *elf_open(struct elf_file *e, struct bytes file);
void elf_close(struct elf_file *e);
bool elf_section(const struct elf_file *e, size_t number, Elf64_Shdr *out);
bool elf_segment(const struct elf_file *e, size_t number, Elf64_Phdr *out);
struct bytes elf_content(const struct elf_file *e,
                         const Elf64_Shdr *section); // at NULL: none, or not in the file
const char *elf_section_name(const struct elf_file *e, const Elf64_Shdr *section); // never NULL

// Where an object's sections lie. What it does not define and its slots follow, since calls of AArch64 do not
// reach far.
#define OBJECT_BASE UINT64_C(0x100000)
#define OBJECT_END UINT64_C(0x40000000)
#define OBJECT_SYMBOLS_MAX (1u << 24)

// A table of symbols with its strings.
struct elf_symbols {
  struct bytes symbols, strings;
  size_t count;
};

bool elf_symbols_open(struct elf_symbols *s, const struct elf_file *e, const Elf64_Shdr *section);
bool elf_symbol(const struct elf_symbols *s, size_t number, Elf64_Sym *out);
const char *elf_symbol_name(const struct elf_symbols *s, const Elf64_Sym *symbol); // never NULL
// Address of a symbol; in objects of any, in programs of those that are defined. 0: it has none.
uint64_t elf_symbol_address(const struct elf_symbols *s, const struct elf_file *e, size_t number);

// Applies the relocations of an object to the sections that have addresses.
void elf_relocate(const struct elf_file *e);
// Takes in names and slots.
void elf_read_names(const struct elf_file *e, struct image *i);

#endif
