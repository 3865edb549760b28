// Which code of the process carries checks. Each translation unit registers itself; its object is found by
// the address of its record.
#include "rf_lock.h"
#include "rf_mem.h"
#include "rf_runtime.h"

#include <link.h>
#include <string.h>

#define OBJECTS_MAX 256

struct object {
  uintptr_t from, to; // of its loaded segments
};

static struct rf_lock lock;
static struct object objects[OBJECTS_MAX]; // appended under lock, read without
static _Atomic uint32_t object_count;

struct unit {
  const struct rf_module *module;
  _Atomic(struct unit *) next;
};
static _Atomic(struct unit *) units;

struct query {
  uintptr_t addr;
  struct object found;
};

static int find_object(struct dl_phdr_info *info, size_t size, void *arg) {
  struct query *q = arg;
  uintptr_t from = UINTPTR_MAX, to = 0;
  (void)size;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
    if (ph->p_type != PT_LOAD)
      continue;
    const uintptr_t at = info->dlpi_addr + ph->p_vaddr;
    if (at < from)
      from = at;
    if (at + ph->p_memsz > to)
      to = at + ph->p_memsz;
  }
  if (q->addr < from || q->addr >= to)
    return 0;
  q->found = (struct object){from, to};
  return 1;
}

static void add_object(uintptr_t addr) {
  struct query q = {.addr = addr};
  for (uint32_t i = 0; i < object_count; i++)
    if (addr >= objects[i].from && addr < objects[i].to)
      return;
  if (!dl_iterate_phdr(find_object, &q))
    return;
  rf_lock_enter(&lock);
  uint32_t free_at = 0;
  while (free_at < object_count && objects[free_at].to)
    free_at++;
  if (free_at < object_count) {
    objects[free_at] = q.found; // of a library that was unloaded
  } else if (object_count < OBJECTS_MAX) {
    objects[object_count] = q.found;
    atomic_store_explicit(&object_count, object_count + 1, memory_order_release);
  }
  rf_lock_leave(&lock);
}

void rf_modules_add(const struct rf_module *m) {
  struct unit *u = rf_mem_alloc(sizeof *u);
  u->module = m;
  struct unit *first = atomic_load_explicit(&units, memory_order_relaxed);
  do
    u->next = first;
  while (!atomic_compare_exchange_weak_explicit(&units, &first, u, memory_order_release, memory_order_relaxed));
  add_object((uintptr_t)m);
}

void rf_modules_forget(uintptr_t from, uintptr_t to) {
  rf_lock_enter(&lock);
  for (uint32_t i = 0; i < object_count; i++)
    if (objects[i].from >= from && objects[i].to <= to)
      objects[i] = (struct object){0, 0};
  // Records stay where they are: another thread may be walking the list.
  _Atomic(struct unit *) *at = &units;
  for (struct unit *u; (u = *at);)
    if ((uintptr_t)u->module >= from && (uintptr_t)u->module < to)
      atomic_compare_exchange_strong(at, &u, u->next);
    else
      at = &u->next;
  rf_lock_leave(&lock);
}

void rf_modules_add_code(const void *code) { add_object((uintptr_t)code); }

// ---- Objects whose library calls order nothing ----

#define SILENT_MAX 4
static struct object silent[SILENT_MAX]; // appended under lock, read without
static _Atomic uint32_t silent_count;
bool rf_any_silent;

void rf_modules_silence(const void *code) {
  struct query q = {.addr = (uintptr_t)code};
  if (rf_modules_silent(code) || !dl_iterate_phdr(find_object, &q))
    return;
  rf_lock_enter(&lock);
  if (silent_count < SILENT_MAX) {
    silent[silent_count] = q.found;
    atomic_store_explicit(&silent_count, silent_count + 1, memory_order_release);
    rf_any_silent = true;
  }
  rf_lock_leave(&lock);
}

bool rf_modules_silent(const void *code) {
  const uint32_t n = atomic_load_explicit(&silent_count, memory_order_acquire);
  for (uint32_t i = 0; i < n; i++)
    if ((uintptr_t)code >= silent[i].from && (uintptr_t)code < silent[i].to)
      return true;
  return false;
}

// ---- Objects known by what they import ----

// The loader has relocated the table's addresses in some objects, in others they are still offsets.
static const void *at_address(const struct dl_phdr_info *info, uintptr_t p) {
  return (const void *)(p < info->dlpi_addr ? info->dlpi_addr + p : p);
}

struct imports {
  const ElfW(Sym) *symbols;
  const char *strings;
  const ElfW(Rela) *table[2]; // of calls, of data
  size_t bytes[2];
};

static struct imports imports_of(const struct dl_phdr_info *info, const ElfW(Phdr) *dynamic) {
  struct imports im = {0};
  for (const ElfW(Dyn) *d = (const void *)(info->dlpi_addr + dynamic->p_vaddr); d->d_tag != DT_NULL; d++) {
    const void *p = at_address(info, d->d_un.d_ptr);
    switch (d->d_tag) {
    case DT_SYMTAB: im.symbols = p; break;
    case DT_STRTAB: im.strings = p; break;
    case DT_JMPREL: im.table[0] = p; break;
    case DT_RELA: im.table[1] = p; break;
    case DT_PLTRELSZ: im.bytes[0] = d->d_un.d_val; break;
    case DT_RELASZ: im.bytes[1] = d->d_un.d_val; break;
    }
  }
  return im;
}

static bool imports(const struct imports *im, const char *function) {
  for (unsigned k = 0; im->symbols && im->strings && k < 2; k++)
    for (size_t i = 0; im->table[k] && i < im->bytes[k] / sizeof *im->table[k]; i++) {
      const ElfW(Sym) *s = &im->symbols[ELF64_R_SYM(im->table[k][i].r_info)];
      if (s->st_shndx == SHN_UNDEF && strcmp(im->strings + s->st_name, function) == 0)
        return true;
    }
  return false;
}

struct importers {
  const char *function;
  uintptr_t found[16];
  unsigned count;
};

static int visit_importer(struct dl_phdr_info *info, size_t size, void *arg) {
  struct importers *q = arg;
  const ElfW(Phdr) *dynamic = NULL, *code = NULL;
  (void)size;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
    if (ph->p_type == PT_DYNAMIC)
      dynamic = ph;
    if (ph->p_type == PT_LOAD && ph->p_flags & PF_X)
      code = ph;
  }
  if (!dynamic || !code || !*info->dlpi_name || q->count == sizeof q->found / sizeof *q->found)
    return 0;
  const uintptr_t at = info->dlpi_addr + code->p_vaddr;
  if (rf_modules_judge((const void *)at) || strstr(info->dlpi_name, "linux-vdso"))
    return 0;
  const struct imports im = imports_of(info, dynamic);
  if (imports(&im, q->function))
    q->found[q->count++] = at;
  return 0;
}

void rf_modules_add_importers(const char *function) {
  struct importers q = {.function = function};
  dl_iterate_phdr(visit_importer, &q);
  for (unsigned i = 0; i < q.count; i++)
    add_object(q.found[i]);
}

bool rf_modules_judge(const void *code) {
  const uintptr_t at = (uintptr_t)code;
  const uint32_t n = atomic_load_explicit(&object_count, memory_order_acquire);
  for (uint32_t i = 0; i < n; i++)
    if (at >= objects[i].from && at < objects[i].to)
      return true;
  return false;
}

const struct rf_module *rf_modules_next(const struct rf_module *after) {
  struct unit *u = atomic_load_explicit(&units, memory_order_acquire);
  while (after && u && u->module != after)
    u = u->next;
  if (after && u)
    u = u->next;
  return u ? u->module : NULL;
}

RF_EXPORT void __rf_module_init(const struct rf_module *m) {
  rf_runtime_init();
  if (m->abi != RF_ABI_VERSION)
    rf_refuse("built with another version of redflag-cc, compile it again: ", m->name);
  rf_heap_init(true);
  struct rf_self *s = rf_enter();
  rf_modules_add(m);
  rf_leave(s);
}

// Written by the wrapper compiler at link time: names of inputs that carry no checks.
extern const char __start_redflag_plain[] __attribute__((weak, visibility("hidden")));
extern const char __stop_redflag_plain[] __attribute__((weak, visibility("hidden")));

struct visit {
  void (*call)(const char *, void *);
  void *arg;
};

static int visit_object(struct dl_phdr_info *info, size_t size, void *arg) {
  const struct visit *v = arg;
  (void)size;
  // The C library and the loader are described by interceptors.
  static const char *const modelled[] = {"libc.so", "libm.so", "ld-linux", "libpthread.so", "libdl.so", "librt.so",
                                         "libstdc++.so", "libgcc_s.so", "libc++.so", "libc++abi.so", "linux-vdso"};
  if (!*info->dlpi_name)
    return 0;
  for (size_t i = 0; i < sizeof modelled / sizeof *modelled; i++)
    if (strstr(info->dlpi_name, modelled[i]))
      return 0;
  for (int i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_LOAD && rf_modules_judge((void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr)))
      return 0;
  v->call(info->dlpi_name, v->arg);
  return 0;
}

void rf_modules_plain(void (*visit)(const char *name, void *arg), void *arg) {
  struct visit v = {visit, arg};
  for (const char *p = __start_redflag_plain; p && p < __stop_redflag_plain; p += strlen(p) + 1)
    if (*p)
      visit(p, arg);
  dl_iterate_phdr(visit_object, &v);
}
