// Looks into the inputs of a link for code that carries no checks. Reads untrusted bytes: every offset is
// checked.
#ifndef CC_ELF_SCAN_H
#define CC_ELF_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whether the bytes are an ELF64 relocatable object with executable code but no section "redflag_module".
bool elf_is_plain(const uint8_t *bytes, size_t size);
// The same for a file: an object, or an archive with at least one such member. False for what cannot be read.
bool file_is_plain(const char *path);

#endif
