// Symbols of ELF files on disk, for reports.
#ifndef RF_ELF_H
#define RF_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rf_elf_symbol {
  char name[256]; // cut if longer
  uintptr_t start; // as the file has it
  size_t size;
};

// The symbol of the type (STT_FUNC, STT_OBJECT) that covers addr, an address as the file has it.
bool rf_elf_find(const char *path, uintptr_t addr, unsigned type, struct rf_elf_symbol *out);

#endif
