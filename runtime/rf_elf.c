#include "rf_elf.h"

#include "rf_sys.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>

struct bytes {
  const uint8_t *p;
  size_t size;
};

// The part [offset, offset + size), NULL when it does not lie inside: a file may be anything.
static const void *part(struct bytes b, uint64_t offset, uint64_t size) {
  return offset > b.size || size > b.size - offset ? NULL : b.p + offset;
}

static const Elf64_Shdr *section(struct bytes file, const Elf64_Ehdr *eh, uint64_t i) {
  if (eh->e_shentsize != sizeof(Elf64_Shdr) || eh->e_shoff % 8)
    return NULL;
  return part(file, eh->e_shoff + i * sizeof(Elf64_Shdr), sizeof(Elf64_Shdr));
}

static bool copy_name(struct bytes strings, uint64_t at, struct rf_elf_symbol *out) {
  size_t n = 0;
  for (; at + n < strings.size && strings.p[at + n] && n + 1 < sizeof out->name; n++)
    out->name[n] = (char)strings.p[at + n];
  out->name[n] = 0;
  return n != 0;
}

static bool find_in(struct bytes file, const Elf64_Ehdr *eh, const Elf64_Shdr *table, uintptr_t addr, unsigned type,
                    struct rf_elf_symbol *out) {
  const Elf64_Shdr *names = section(file, eh, table->sh_link);
  const Elf64_Sym *symbol = part(file, table->sh_offset, table->sh_size);
  if (!names || !symbol || (uintptr_t)symbol % 8)
    return false;
  const struct bytes strings = {part(file, names->sh_offset, names->sh_size), names->sh_size};
  for (uint64_t i = 0; strings.p && i < table->sh_size / sizeof *symbol; i++) {
    const Elf64_Sym *s = &symbol[i];
    if (ELF64_ST_TYPE(s->st_info) != type || s->st_shndx == SHN_UNDEF || addr < s->st_value ||
        addr - s->st_value >= s->st_size || !copy_name(strings, s->st_name, out))
      continue;
    out->start = s->st_value;
    out->size = s->st_size;
    return true;
  }
  return false;
}

static bool find(struct bytes file, uintptr_t addr, unsigned type, struct rf_elf_symbol *out) {
  const Elf64_Ehdr *eh = part(file, 0, sizeof *eh);
  static const uint32_t tables[] = {SHT_SYMTAB, SHT_DYNSYM};
  if (!eh || eh->e_ident[0] != 0x7f || eh->e_ident[1] != 'E' || eh->e_ident[EI_CLASS] != ELFCLASS64)
    return false;
  for (unsigned k = 0; k < sizeof tables / sizeof *tables; k++)
    for (uint64_t i = 0; i < eh->e_shnum; i++) {
      const Elf64_Shdr *sh = section(file, eh, i);
      if (sh && sh->sh_type == tables[k] && find_in(file, eh, sh, addr, type, out))
        return true;
    }
  return false;
}

bool rf_elf_find(const char *path, uintptr_t addr, unsigned type, struct rf_elf_symbol *out) {
  const long fd = rf_sys_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  if (fd < 0)
    return false;
  bool found = false;
  const long size = rf_sys(SYS_lseek, fd, 0, 2, 0, 0, 0);
  const long p = size > 0 ? rf_sys_mmap(0, (size_t)size, PROT_READ, MAP_PRIVATE, (int)fd) : -1;
  if (p > 0) {
    found = find((struct bytes){(const uint8_t *)p, (size_t)size}, addr, type, out);
    rf_sys_munmap((uintptr_t)p, (size_t)size);
  }
  rf_sys_close((int)fd);
  return found;
}
