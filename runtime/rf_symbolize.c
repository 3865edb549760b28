#include "rf_symbolize.h"

#include "rf_elf.h"
#include "rf_host.h"
#include "rf_mem.h"
#include "rf_options.h"
#include "rf_pc_site.h"
#include "rf_runtime.h"
#include "rf_spawn.h"
#include "rf_sys.h"
#include "rf_text.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/auxv.h>

#define FRAMES_MAX 32 // of one address: functions inlined into each other
#define TEXT_BYTES ((size_t)256 << 10)
#define PATIENCE_MS 20000

static struct rf_pc_site *wanted;
static char *query, *answer; // TEXT_BYTES each
static bool given_up;

// ---- Modules ----

struct module {
  uintptr_t addr; // asked for
  uintptr_t base;
  char path[1024];
};

static void set_path(struct module *m, const char *name) {
  struct rf_text t = {m->path, 0, sizeof m->path};
  if (*name) {
    rf_text_add(&t, name);
  } else { // the executable
    const long n = rf_sys(SYS_readlink, (long)"/proc/self/exe", (long)m->path, sizeof m->path - 1, 0, 0, 0);
    t.len = n > 0 ? (size_t)n : 0;
  }
  m->path[t.len < sizeof m->path ? t.len : sizeof m->path - 1] = 0;
}

static int visit_module(struct dl_phdr_info *info, size_t size, void *arg) {
  struct module *m = arg;
  (void)size;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
    const uintptr_t from = info->dlpi_addr + ph->p_vaddr;
    if (ph->p_type != PT_LOAD || m->addr < from || m->addr - from >= ph->p_memsz)
      continue;
    m->base = info->dlpi_addr;
    set_path(m, info->dlpi_name);
    return 1;
  }
  return 0;
}

static bool find_module(uintptr_t addr, struct module *m) {
  m->addr = addr;
  return dl_iterate_phdr(visit_module, m) && *m->path;
}

// ---- Strings that reports may borrow ----

static const char *keep(const char *s, size_t n) {
  char *copy = rf_mem_alloc(n + 1);
  for (size_t i = 0; i < n; i++)
    copy[i] = s[i];
  return copy;
}
static size_t length(const char *s) {
  size_t n = 0;
  while (s[n])
    n++;
  return n;
}

static void set_frames(struct rf_pc_site *s, const struct rf_model_frame *frames, uint32_t n) {
  struct rf_model_frame *copy = rf_mem_alloc(n * sizeof *copy);
  for (uint32_t i = 0; i < n; i++)
    copy[i] = frames[i];
  s->frames = copy;
  s->frame_count = n;
}

// ---- What the module itself tells ----

static const char *basename_of(const char *path) {
  const char *name = path;
  for (; *path; path++)
    if (*path == '/')
      name = path + 1;
  return name;
}

// `name` and, in place of file and line, `module+0x123`.
static void set_by_symbol(struct rf_pc_site *s, const struct module *m) {
  static struct rf_elf_symbol symbol;
  char where[256];
  struct rf_text t = {where, 0, sizeof where};
  rf_text_add(&t, basename_of(m->path));
  rf_text_add(&t, "+0x");
  rf_text_add_hex(&t, m->addr - m->base);
  struct rf_model_frame f = {"", keep(where, t.len), 0, 0};
  if (rf_elf_find(m->path, m->addr - m->base, STT_FUNC, &symbol))
    f.func = keep(symbol.name, length(symbol.name));
  set_frames(s, &f, 1);
}

bool rf_symbolize_object(uintptr_t addr, const char **name, uintptr_t *start, size_t *size) {
  static struct module m;
  static struct rf_elf_symbol symbol;
  if (!find_module(addr, &m) || !rf_elf_find(m.path, addr - m.base, STT_OBJECT, &symbol))
    return false;
  *name = keep(symbol.name, length(symbol.name));
  *start = m.base + symbol.start;
  *size = symbol.size;
  return true;
}

// ---- The external symbolizer ----

enum style { LLVM, ADDR2LINE };
struct tool {
  const char *name;
  enum style style;
};
static const struct tool tools[] = {
    {"llvm-symbolizer", LLVM},
    {"llvm-symbolizer-19", LLVM},
    {"addr2line", ADDR2LINE},
};

static bool runnable(const char *path) { return rf_sys(SYS_access, (long)path, 1 /* X_OK */, 0, 0, 0, 0) == 0; }

static const char *path_variable(void) {
  for (char **e = environ; e && *e; e++)
    if (rf_text_equal("PATH=", *e, 5))
      return *e + 5;
  return "/usr/bin:/bin";
}

static bool on_path(const char *name, char *out, size_t cap) {
  for (const char *p = path_variable(); *p;) {
    size_t n = 0;
    while (p[n] && p[n] != ':')
      n++;
    struct rf_text t = {out, 0, cap - 1};
    rf_text_add_n(&t, p, n);
    rf_text_add(&t, "/");
    rf_text_add(&t, name);
    out[t.len] = 0;
    if (*p == '/' && runnable(out)) // never from a directory that depends on where the program stands
      return true;
    p += n + (p[n] == ':');
  }
  return false;
}

static bool contains(const char *s, const char *part) {
  for (; *s; s++)
    if (rf_text_equal(part, s, length(part) < length(s) ? length(part) : length(s)))
      return true;
  return false;
}

static bool find_tool(char *path, size_t cap, enum style *style) {
  const char *given = rf_options.external_symbolizer_path;
  if (!*given || getauxval(AT_SECURE))
    return false;
  if (!rf_text_same("auto", given)) {
    struct rf_text t = {path, 0, cap - 1};
    rf_text_add(&t, given);
    path[t.len] = 0;
    *style = contains(basename_of(given), "addr2line") ? ADDR2LINE : LLVM;
    return runnable(path);
  }
  for (unsigned i = 0; i < sizeof tools / sizeof *tools; i++) {
    *style = tools[i].style;
    if (on_path(tools[i].name, path, cap))
      return true;
  }
  return false;
}

// ---- Its answers ----

static const char *next_line(const char **at, const char *end, size_t *n) {
  const char *line = *at;
  if (line >= end)
    return NULL;
  while (*at < end && **at != '\n')
    ++*at;
  *n = (size_t)(*at - line);
  *at += *at < end;
  return line;
}

static bool unknown(const char *s, size_t n) { return n >= 2 && s[0] == '?' && s[1] == '?'; }

static bool read_number(const char *s, size_t n, uint32_t *out) {
  *out = 0;
  for (size_t i = 0; i < n; i++) {
    if (s[i] < '0' || s[i] > '9')
      return false;
    *out = *out * 10 + (uint32_t)(s[i] - '0');
  }
  return n != 0;
}

// FILE:LINE or FILE:LINE:COLUMN.
static void read_place(const char *s, size_t n, struct rf_model_frame *f) {
  for (size_t i = 0; i + 1 < n; i++)
    if (s[i] == ' ' && s[i + 1] == '(') // addr2line: (discriminator 1)
      n = i;
  uint32_t number[2] = {0, 0};
  unsigned numbers = 0;
  for (size_t i = n; i-- > 0 && numbers < 2;) {
    if (s[i] != ':')
      continue;
    if (!read_number(s + i + 1, n - i - 1, &number[numbers]))
      break;
    numbers++;
    n = i;
  }
  if (!numbers || unknown(s, n))
    return;
  f->file = keep(s, n);
  f->line = number[numbers - 1];
  f->col = numbers == 2 ? number[0] : 0;
}

// Pairs of lines, function and place, up to the end of the address's part. Keeps what the symbol table gave
// when the tool knows no line.
static void read_frames(struct rf_pc_site *s, const char **at, const char *end, enum style style) {
  struct rf_model_frame frame[FRAMES_MAX];
  uint32_t count = 0;
  size_t n;
  for (const char *line; (line = next_line(at, end, &n));) {
    if (style == LLVM && !n)
      break;
    if (style == ADDR2LINE && n > 1 && line[0] == '0' && line[1] == 'x') { // the next address
      *at = line;
      break;
    }
    struct rf_model_frame f = {unknown(line, n) ? "" : keep(line, n), "", 0, 0};
    if (!(line = next_line(at, end, &n)))
      break;
    read_place(line, n, &f);
    if (f.line && count < FRAMES_MAX)
      frame[count++] = f;
  }
  if (!count)
    return;
  if (!*frame[count - 1].func && s->frame_count)
    frame[count - 1].func = s->frames[0].func;
  set_frames(s, frame, count);
}

static long run(const char *path, char *const *argv, size_t n) {
  const long got = rf_spawn(path, argv, query, n, answer, TEXT_BYTES, PATIENCE_MS);
  if (got < 0) {
    given_up = true;
    rf_host->degraded("the external symbolizer could not be run or took too long; reports name modules and offsets");
  }
  return got;
}

static void ask_llvm(const char *path, struct rf_pc_site *list) {
  static char name[] = "llvm-symbolizer", demangle[] = "--demangle", inlines[] = "--inlines";
  char *const argv[] = {name, demangle, inlines, NULL};
  static struct module m;
  struct rf_text t = {query, 0, TEXT_BYTES};
  for (struct rf_pc_site *s = list; s; s = s->next_wanted) {
    if (!find_module(s->pc - 1, &m))
      m.path[0] = 0, m.base = 0;
    rf_text_add(&t, "CODE \"");
    rf_text_add(&t, m.path);
    rf_text_add(&t, "\" 0x");
    rf_text_add_hex(&t, s->pc - 1 - m.base);
    rf_text_add(&t, "\n");
  }
  const long got = run(path, argv, t.len);
  const char *at = answer, *end = answer + (got > 0 ? got : 0);
  for (struct rf_pc_site *s = list; s && at < end; s = s->next_wanted)
    read_frames(s, &at, end, LLVM);
}

// One run for one address: addr2line knows one module at a time, and the list is short.
static void ask_addr2line(const char *path, struct rf_pc_site *s) {
  static char name[] = "addr2line", flags[] = "-afiC", e[] = "-e";
  static struct module m;
  if (!find_module(s->pc - 1, &m))
    return;
  char *const argv[] = {name, flags, e, m.path, NULL};
  struct rf_text t = {query, 0, TEXT_BYTES};
  rf_text_add(&t, "0x");
  rf_text_add_hex(&t, s->pc - 1 - m.base);
  rf_text_add(&t, "\n");
  const long got = run(path, argv, t.len);
  const char *at = answer, *end = answer + (got > 0 ? got : 0);
  size_t n;
  if (next_line(&at, end, &n)) // the address
    read_frames(s, &at, end, ADDR2LINE);
}

// ---- The interface ----

size_t rf_symbolize_frames(const struct rf_site *site, struct rf_model_frame *out, size_t max) {
  struct rf_pc_site *s = (struct rf_pc_site *)site;
  if (!s->frames) {
    for (const struct rf_pc_site *w = wanted; w; w = w->next_wanted)
      if (w == s)
        return 0;
    s->next_wanted = wanted;
    wanted = s;
    return 0;
  }
  const size_t n = s->frame_count < max ? s->frame_count : max;
  for (size_t i = 0; i < n; i++)
    out[i] = s->frames[i];
  return n;
}

bool rf_symbolize_wants(void) { return wanted != NULL; }

void rf_symbolize_wanted(void) {
  static struct module m;
  static char path[1024];
  enum style style;
  struct rf_pc_site *list = wanted;
  wanted = NULL;
  for (struct rf_pc_site *s = list; s; s = s->next_wanted) {
    const struct rf_model_frame nothing = {"", "", 0, 0};
    if (find_module(s->pc - 1, &m))
      set_by_symbol(s, &m);
    else
      set_frames(s, &nothing, 1);
  }
  if (given_up || !find_tool(path, sizeof path, &style))
    return;
  if (!query) {
    query = rf_host->map(TEXT_BYTES);
    answer = rf_host->map(TEXT_BYTES);
  }
  if (style == LLVM)
    ask_llvm(path, list);
  else
    for (struct rf_pc_site *s = list; s && !given_up; s = s->next_wanted)
      ask_addr2line(path, s);
}
