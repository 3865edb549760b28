#include "elf_scan.h"
#include "vec.h"
#include <ar.h>
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct bytes {
  const uint8_t *p;
  size_t size;
};

// The part [offset, offset + size) of b; p is NULL when it does not lie inside.
static struct bytes part(struct bytes b, uint64_t offset, uint64_t size) {
  if (offset > b.size || size > b.size - offset)
    return (struct bytes){0};
  return (struct bytes){b.p + offset, size};
}

// Objects of other compilers with -fsanitize=thread call this from a constructor.
#define FOREIGN_INIT "__tsan_init"

static bool section(struct bytes file, const Elf64_Ehdr *eh, uint64_t index, Elf64_Shdr *out) {
  if (eh->e_shentsize != sizeof *out || index > UINT32_MAX)
    return false;
  struct bytes b = part(file, eh->e_shoff, (index + 1) * sizeof *out);
  if (!b.p)
    return false;
  memcpy(out, b.p + index * sizeof *out, sizeof *out);
  return true;
}

static bool has_name(struct bytes strings, uint64_t offset, const char *name) {
  struct bytes b = part(strings, offset, strlen(name) + 1);
  return b.p && !memcmp(b.p, name, b.size);
}

// Objects with very many sections keep the numbers in section 0.
static bool section_counts(struct bytes file, const Elf64_Ehdr *eh, uint64_t *count, uint64_t *names) {
  Elf64_Shdr zero;
  if (!eh->e_shoff || !section(file, eh, 0, &zero))
    return false;
  *count = eh->e_shnum ? eh->e_shnum : zero.sh_size;
  *names = eh->e_shstrndx == SHN_XINDEX ? zero.sh_link : eh->e_shstrndx;
  return *count <= file.size / sizeof zero;
}

bool elf_is_plain(const uint8_t *p, size_t size) {
  struct bytes file = {p, size};
  Elf64_Ehdr eh;
  if (size < sizeof eh)
    return false;
  memcpy(&eh, p, sizeof eh);
  if (memcmp(eh.e_ident, ELFMAG, SELFMAG) || eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_type != ET_REL)
    return false;
  uint64_t count, names;
  Elf64_Shdr sh;
  if (!section_counts(file, &eh, &count, &names) || !section(file, &eh, names, &sh))
    return false;
  struct bytes strings = part(file, sh.sh_offset, sh.sh_size);
  bool code = false;
  for (uint64_t i = 1; i < count; i++) {
    if (!section(file, &eh, i, &sh))
      return false;
    if (has_name(strings, sh.sh_name, "redflag_module"))
      return false;
    struct bytes content = sh.sh_type == SHT_STRTAB ? part(file, sh.sh_offset, sh.sh_size) : (struct bytes){0};
    if (content.p && memmem(content.p, content.size, "\0" FOREIGN_INIT, sizeof FOREIGN_INIT + 1))
      return false;
    code |= (sh.sh_flags & SHF_EXECINSTR) && sh.sh_size;
  }
  return code;
}

static bool with_file(const char *path, bool (*look)(struct bytes, const char *path)) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  struct stat st;
  bool result = false;
  if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0) {
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map != MAP_FAILED) {
      result = look((struct bytes){map, (size_t)st.st_size}, path);
      munmap(map, (size_t)st.st_size);
    }
  }
  close(fd);
  return result;
}

static bool object_is_plain(struct bytes file, const char *path) { return elf_is_plain(file.p, file.size); }

static bool member_size(const struct ar_hdr *h, uint64_t *size) {
  char digits[sizeof h->ar_size + 1] = {0}, *end;
  memcpy(digits, h->ar_size, sizeof h->ar_size);
  *size = strtoull(digits, &end, 10);
  return !memcmp(h->ar_fmag, ARFMAG, 2) && end != digits;
}

// A member of a thin archive lies in a file of its own, "/123" names the offset in the table of long names.
static bool thin_member_is_plain(const struct ar_hdr *h, struct bytes names, const char *archive) {
  char text[sizeof h->ar_name + 1] = {0};
  memcpy(text, h->ar_name, sizeof h->ar_name);
  struct bytes name = {(const uint8_t *)text, strcspn(text, "/")};
  if (text[0] == '/') {
    uint64_t offset = strtoull(text + 1, NULL, 10);
    struct bytes rest = offset < names.size ? part(names, offset, names.size - offset) : (struct bytes){0};
    const uint8_t *end = rest.p ? memchr(rest.p, '\n', rest.size) : NULL;
    if (!end || end == rest.p)
      return false;
    name = (struct bytes){rest.p, (size_t)(end - rest.p) - (end[-1] == '/')};
  }
  const char *slash = name.size && name.p[0] == '/' ? NULL : strrchr(archive, '/');
  char *path =
      format("%.*s%.*s", slash ? (int)(slash - archive + 1) : 0, archive, (int)name.size, (const char *)name.p);
  bool plain = with_file(path, object_is_plain);
  free(path);
  return plain;
}

static bool archive_is_plain(struct bytes file, bool thin, const char *path) {
  struct bytes names = {0};
  uint64_t offset = SARMAG, size;
  for (struct ar_hdr h;; offset += size + (size & 1)) {
    struct bytes head = part(file, offset, sizeof h);
    if (!head.p)
      return false;
    memcpy(&h, head.p, sizeof h);
    if (!member_size(&h, &size))
      return false;
    offset += sizeof h;
    bool is_names = !memcmp(h.ar_name, "// ", 3);
    bool is_index = !memcmp(h.ar_name, "/ ", 2) || !memcmp(h.ar_name, "/SYM64/", 7);
    if (thin && !is_names && !is_index) {
      if (thin_member_is_plain(&h, names, path))
        return true;
      size = 0; // the bytes are elsewhere
      continue;
    }
    struct bytes member = part(file, offset, size);
    if (!member.p)
      return false;
    if (is_names)
      names = member;
    else if (!is_index && elf_is_plain(member.p, member.size))
      return true;
  }
}

static bool bytes_are_plain(struct bytes file, const char *path) {
  if (file.size >= SARMAG && !memcmp(file.p, ARMAG, SARMAG))
    return archive_is_plain(file, false, path);
  if (file.size >= SARMAG && !memcmp(file.p, "!<thin>\n", SARMAG))
    return archive_is_plain(file, true, path);
  return elf_is_plain(file.p, file.size);
}

bool file_is_plain(const char *path) { return with_file(path, bytes_are_plain); }
