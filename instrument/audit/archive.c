#include "archive.h"

#include <ar.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define THIN "!<thin>\n"
#define NAME_BYTES 4096

const char *file_open(const char *path, struct bytes *out) {
  const char *mistake = NULL;
  struct stat s;
  *out = (struct bytes){0};
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return strerror(errno);
  if (fstat(fd, &s))
    mistake = strerror(errno);
  else if (S_ISDIR(s.st_mode))
    mistake = "a directory; name the files in it";
  else if (!S_ISREG(s.st_mode))
    mistake = "no regular file";
  else if (!s.st_size)
    mistake = "empty";
  else {
    void *p = mmap(NULL, (size_t)s.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
    if (p == MAP_FAILED)
      mistake = strerror(errno);
    else
      *out = (struct bytes){p, (size_t)s.st_size};
  }
  close(fd);
  return mistake;
}

void file_close(struct bytes *file) { munmap(file->at, file->size); }

bool archive_begins(struct bytes file) {
  return file.size >= SARMAG && (!memcmp(file.at, ARMAG, SARMAG) || !memcmp(file.at, THIN, SARMAG));
}

// ---- Names ----

static bool number(const char *digits, size_t n, uint64_t *out) {
  *out = 0;
  size_t at = 0;
  for (; at < n && digits[at] >= '0' && digits[at] <= '9'; at++)
    *out = *out * 10 + (uint64_t)(digits[at] - '0');
  for (size_t rest = at; rest < n; rest++)
    if (digits[rest] != ' ')
      return false;
  return at > 0;
}

static void copy_name(char out[NAME_BYTES], const uint8_t *at, size_t n) {
  if (n >= NAME_BYTES)
    n = NAME_BYTES - 1;
  memcpy(out, at, n);
  out[n] = 0;
}

// "/123": at this offset of the table of long names, up to "/\n".
static bool long_name(struct bytes names, const char *field, char out[NAME_BYTES]) {
  uint64_t offset;
  if (!number(field + 1, sizeof((struct ar_hdr *)0)->ar_name - 1, &offset) || offset >= names.size)
    return false;
  const uint8_t *at = names.at + offset, *end = memchr(at, '\n', names.size - (size_t)offset);
  if (!end)
    return false;
  copy_name(out, at, (size_t)(end - at) - (end > at && end[-1] == '/'));
  return true;
}

static bool name_member(const struct ar_hdr *h, struct bytes names, struct bytes *content,
                        char out[NAME_BYTES]) {
  uint64_t length;
  if (h->ar_name[0] == '/')
    return long_name(names, h->ar_name, out);
  if (!memcmp(h->ar_name, "#1/", 3)) { // BSD: the name stands before the content
    if (!number(h->ar_name + 3, sizeof h->ar_name - 3, &length) || length > content->size)
      return false;
    copy_name(out, content->at, strnlen((const char *)content->at, (size_t)length));
    *content = bytes_part(*content, length, content->size - length);
    return true;
  }
  size_t n = sizeof h->ar_name;
  while (n && (h->ar_name[n - 1] == ' ' || h->ar_name[n - 1] == '/'))
    n--;
  copy_name(out, (const uint8_t *)h->ar_name, n);
  return true;
}

// ---- Members ----

typedef void visit_fn(const char *name, struct bytes content, const char *mistake, void *arg);

// The member of a thin archive is a file of its own, beside the archive unless its name is absolute.
static void visit_thin(const char *archive, const char *name, visit_fn *visit, void *arg) {
  char path[2 * NAME_BYTES];
  struct bytes content;
  const char *slash = *name == '/' ? NULL : strrchr(archive, '/');
  snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash - archive) + 1 : 0, archive, name);
  const char *mistake = file_open(path, &content);
  visit(name, content, mistake, arg);
  if (!mistake)
    file_close(&content);
}

static bool is_index(const char *name) {
  return !memcmp(name, "/ ", 2) || !memcmp(name, "/SYM64/", 7) || !memcmp(name, "__.SYMDEF", 9);
}

static void visit_member(struct bytes content, const char *name, visit_fn *visit, void *arg) {
  if (content.size >= 4 && !memcmp(content.at, "BC\xc0\xde", 4))
    visit(name, content, "LLVM bitcode, which has no code yet; audit what is linked from it", arg);
  else if (strncmp(name, "__.SYMDEF", 9) != 0)
    visit(name, content, NULL, arg);
}

void archive_each(struct bytes file, const char *path, visit_fn *visit, void *arg) {
  const bool thin = !memcmp(file.at, THIN, SARMAG);
  struct bytes names = {0};
  struct ar_hdr h;
  char name[NAME_BYTES];
  uint64_t at = SARMAG, size;
  while (at < file.size) {
    if (!bytes_get(file, at, &h, sizeof h) || memcmp(h.ar_fmag, ARFMAG, 2) ||
        !number(h.ar_size, sizeof h.ar_size, &size)) {
      visit(NULL, file, "malformed: no member begins where one should; is the archive complete?", arg);
      return;
    }
    at += sizeof h;
    const bool table = !memcmp(h.ar_name, "// ", 3), index = is_index(h.ar_name),
               elsewhere = thin && !table && !index;
    struct bytes content = elsewhere ? (struct bytes){0} : bytes_part(file, at, size);
    if (!elsewhere && !content.at) {
      visit(NULL, file, "malformed: a member ends beyond the archive; is the archive complete?", arg);
      return;
    }
    if (table)
      names = content;
    else if (!index && !name_member(&h, names, &content, name))
      visit(NULL, file, "malformed: a member's name cannot be found", arg);
    else if (elsewhere)
      visit_thin(path, name, visit, arg);
    else if (!index)
      visit_member(content, name, visit, arg);
    at += elsewhere ? 0 : size + (size & 1);
  }
}
