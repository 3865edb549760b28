// Mappings and loaded libraries: memory that goes and comes.
// Memory shared with another process is judged within this process only.
#include "rf_intercept.h"
#include "rf_context.h"
#include "rf_mem.h"
#include "rf_sys.h"

#include <errno.h>
#include <link.h>
#include <stdarg.h>
#include <sys/mman.h>

// ---- Mappings: new memory has no history ----

static void *mapped(void *p, size_t n) {
  if (p != MAP_FAILED && !rf_stands_aside())
    RF_WITH_SELF(rf_map_drop(&s->t, (uintptr_t)p, n); rf_sync_forget((uintptr_t)p, n));
  return p;
}

// What MAP_FIXED replaces goes as with munmap.
static void replaced(void *caller, void *at, size_t n, int flags, const struct rf_libsite *site) {
  if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != MAP_FIXED || rf_stands_aside() || !rf_modules_judge(caller))
    return;
  RF_WITH_SELF(rf_check_release(s, at, n, site));
}

RF_INTERCEPT(void *, mmap, (void *at, size_t n, int prot, int flags, int fd, off_t offset)) {
  static const struct rf_libsite site = RF_LIBSITE("mmap");
  if (!real_mmap)
    RF_READY();
  replaced(__builtin_return_address(0), at, n, flags, &site);
  return mapped(real_mmap(at, n, prot, flags, fd, offset), n);
}

RF_INTERCEPT(void *, mmap64, (void *at, size_t n, int prot, int flags, int fd, off64_t offset)) {
  static const struct rf_libsite site = RF_LIBSITE("mmap");
  if (!real_mmap64)
    RF_READY();
  replaced(__builtin_return_address(0), at, n, flags, &site);
  return mapped(real_mmap64(at, n, prot, flags, fd, offset), n);
}

RF_INTERCEPT(int, munmap, (void *p, size_t n)) {
  static const struct rf_libsite site = RF_LIBSITE("munmap");
  if (!real_munmap)
    RF_READY();
  if (!rf_stands_aside()) {
    struct rf_self *s = rf_enter();
    if (rf_modules_judge(__builtin_return_address(0)))
      rf_check_release(s, p, n, &site);
    rf_map_drop(&s->t, (uintptr_t)p, n);
    rf_sync_forget((uintptr_t)p, n);
    rf_context_memory_gone((uintptr_t)p, n);
    rf_leave(s);
  }
  return real_munmap(p, n);
}

static void dropped(void *p, size_t n) { RF_WITH_SELF(rf_map_drop(&s->t, (uintptr_t)p, n); rf_sync_forget((uintptr_t)p, n)); }

static void released(void *p, size_t n, bool judged, const struct rf_libsite *site) {
  if (judged)
    RF_WITH_SELF(rf_check_release(s, p, n, site));
  dropped(p, n);
}

// Growing in place keeps the old part's history; what moves leaves its history behind. That must be done before, for
// afterwards the old place may be another thread's already: so first it is tried whether it can stay. A move that fails
// has lost the history of what then stays.
RF_INTERCEPT(void *, mremap, (void *p, size_t old, size_t n, int flags, ...)) {
  va_list ap;
  va_start(ap, flags);
  void *const to = va_arg(ap, void *);
  va_end(ap);
  static const struct rf_libsite site = RF_LIBSITE("mremap");
  if (!real_mremap)
    RF_READY();
  if (rf_stands_aside())
    return real_mremap(p, old, n, flags, to);
  const bool judged = rf_modules_judge(__builtin_return_address(0));
  const int error = errno;
  void *q = MAP_FAILED;
  if (n < old) // of what stays behind, nothing
    released((char *)p + n, old - n, judged, &site);
  if (!(flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)))
    q = real_mremap(p, old, n, 0);
  if (q == MAP_FAILED && flags & MREMAP_MAYMOVE) {
    errno = error;
    released(p, old, judged, &site);
    if (flags & MREMAP_FIXED)
      released(to, n, judged, &site);
    q = real_mremap(p, old, n, flags, to);
  }
  if (q == MAP_FAILED)
    return q;
  if (q != p)
    dropped(q, n);
  else if (n > old)
    dropped((char *)p + old, n - old);
  return q;
}

// The pages are emptied: a write.
RF_INTERCEPT(int, madvise, (void *p, size_t n, int advice)) {
  static const struct rf_libsite site = RF_LIBSITE("madvise");
  if (!real_madvise)
    RF_READY();
  if ((advice == MADV_DONTNEED || advice == MADV_FREE || advice == MADV_REMOVE) && !rf_stands_aside() &&
      rf_modules_judge(__builtin_return_address(0)))
    RF_WITH_SELF(rf_check(s, p, n, RF_CELL_PLAIN | RF_CELL_WRITE, NULL, &site));
  return real_madvise(p, n, advice);
}

// ---- Unloading ----
// The memory of a library that has gone counts as new, and its records must not be looked at. Its read-only
// data is put back where it was: earlier accesses of its code are named by strings and sites in there.

#define LOADED_MAX 256
#define DATA_MAX 4
struct loaded {
  uintptr_t from, to; // all of it
  struct {
    uintptr_t at;
    size_t size;
    void *copy;
  } data[DATA_MAX]; // read-only parts; copied of libraries with checks
  int data_count;
  bool there;
};
struct list {
  struct loaded at[LOADED_MAX];
  int count;
};

static struct loaded range_of(const struct dl_phdr_info *info) {
  struct loaded l = {.from = UINTPTR_MAX};
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
    if (ph->p_type != PT_LOAD)
      continue;
    const uintptr_t from = (info->dlpi_addr + ph->p_vaddr) & ~(uintptr_t)4095;
    const uintptr_t to = (info->dlpi_addr + ph->p_vaddr + ph->p_memsz + 4095) & ~(uintptr_t)4095;
    l.from = from < l.from ? from : l.from;
    l.to = to > l.to ? to : l.to;
    if (ph->p_flags == PF_R && l.data_count < DATA_MAX) {
      l.data[l.data_count].at = from;
      l.data[l.data_count++].size = to - from;
    }
  }
  return l;
}

static int list_add(struct dl_phdr_info *info, size_t size, void *arg) {
  struct list *list = arg;
  (void)size;
  if (list->count < LOADED_MAX && *info->dlpi_name)
    list->at[list->count++] = range_of(info);
  return 0;
}

static int list_find(struct dl_phdr_info *info, size_t size, void *arg) {
  struct list *list = arg;
  const struct loaded l = range_of(info);
  (void)size;
  for (int i = 0; i < list->count; i++)
    list->at[i].there |= list->at[i].from == l.from;
  return 0;
}

static void keep(struct loaded *l) {
  if (!rf_modules_judge((const void *)l->from))
    return;
  for (int i = 0; i < l->data_count; i++) {
    const long p = rf_sys_mmap(0, l->data[i].size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    if (p < 0)
      continue;
    l->data[i].copy = (void *)p;
    __builtin_memcpy(l->data[i].copy, (const void *)l->data[i].at, l->data[i].size);
  }
}

static void put_back(uintptr_t at, const void *copy, size_t n) {
  if (rf_sys_mmap(at, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1) != (long)at)
    return;
  __builtin_memcpy((void *)at, copy, n);
  rf_sys(SYS_mprotect, (long)at, (long)n, PROT_READ, 0, 0, 0);
}

static void settle(struct rf_self *s, struct loaded *l) {
  if (!l->there) {
    rf_modules_forget(l->from, l->to);
    if (s->live) {
      rf_map_drop(&s->t, l->from, l->to - l->from);
      rf_sync_forget(l->from, l->to - l->from);
    }
  }
  for (int i = 0; i < l->data_count; i++) {
    if (!l->data[i].copy)
      continue;
    if (!l->there)
      put_back(l->data[i].at, l->data[i].copy, l->data[i].size);
    rf_sys_munmap((uintptr_t)l->data[i].copy, l->data[i].size);
  }
}

RF_INTERCEPT(int, dlclose, (void *handle)) {
  struct rf_self *s = rf_enter();
  struct list *list = rf_mem_alloc(sizeof *list);
  list->count = 0;
  rf_leave(s);
  dl_iterate_phdr(list_add, list);
  for (int i = 0; i < list->count; i++)
    keep(&list->at[i]);
  const int r = real_dlclose(handle);
  dl_iterate_phdr(list_find, list);
  s = rf_enter();
  for (int i = 0; i < list->count; i++)
    settle(s, &list->at[i]);
  rf_mem_free(list, sizeof *list);
  rf_leave(s);
  return r;
}
