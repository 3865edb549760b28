// Finds clock_gettime in the ELF image that the kernel maps into every process (vDSO). libc does the same, but
// its function is one that the detector intercepts.
#include "go_vdso.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>

#ifdef __aarch64__
#define CLOCK_SYMBOL "__kernel_clock_gettime"
#else
#define CLOCK_SYMBOL "__vdso_clock_gettime"
#endif

struct image {
  uintptr_t bias; // address minus address in the file
  const ElfW(Sym) * symbols;
  const char *strings;
  uint32_t count;
};

static bool same(const char *a, const char *b) {
  while (*a && *a == *b)
    a++, b++;
  return *a == *b;
}

static const ElfW(Dyn) * find_dynamic(uintptr_t base, uintptr_t *bias) {
  const ElfW(Ehdr) *header = (const void *)base;
  const ElfW(Phdr) *segment = (const void *)(base + header->e_phoff);
  const ElfW(Dyn) *dynamic = NULL;
  for (int i = 0; i < header->e_phnum; i++) {
    if (segment[i].p_type == PT_LOAD)
      *bias = base + segment[i].p_offset - segment[i].p_vaddr;
    if (segment[i].p_type == PT_DYNAMIC)
      dynamic = (const void *)(base + segment[i].p_offset);
  }
  return dynamic;
}

// The number of symbols from the GNU hash table, which does not tell it outright: the end of the last chain.
static uint32_t gnu_hash_count(const uint32_t *table) {
  uint32_t buckets = table[0], first = table[1], bloom = table[2], last = 0;
  const uint32_t *bucket = table + 4 + bloom * (sizeof(ElfW(Addr)) / 4);
  for (uint32_t i = 0; i < buckets; i++)
    last = bucket[i] > last ? bucket[i] : last;
  if (last < first)
    return first;
  while (!(bucket[buckets + last - first] & 1))
    last++;
  return last + 1;
}

static void read_dynamic(struct image *image, const ElfW(Dyn) * d) {
  for (; d->d_tag != DT_NULL; d++) {
    const void *at = (const void *)(image->bias + d->d_un.d_ptr);
    if (d->d_tag == DT_SYMTAB)
      image->symbols = at;
    if (d->d_tag == DT_STRTAB)
      image->strings = at;
    if (d->d_tag == DT_HASH)
      image->count = ((const uint32_t *)at)[1];
    if (d->d_tag == DT_GNU_HASH && !image->count)
      image->count = gnu_hash_count(at);
  }
}

rf_go_clock_fn *rf_go_vdso_clock(void) {
  uintptr_t base = getauxval(AT_SYSINFO_EHDR);
  struct image image = {0, NULL, NULL, 0};
  const ElfW(Dyn) *dynamic = base ? find_dynamic(base, &image.bias) : NULL;
  if (!dynamic)
    return NULL;
  read_dynamic(&image, dynamic);
  for (uint32_t i = 0; image.symbols && image.strings && i < image.count; i++)
    if (image.symbols[i].st_value && same(image.strings + image.symbols[i].st_name, CLOCK_SYMBOL))
      return (rf_go_clock_fn *)(image.bias + image.symbols[i].st_value);
  return NULL;
}
