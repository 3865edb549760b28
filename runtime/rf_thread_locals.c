// Where the thread-local variables of checked code lie within a thread's stack. The objects that the program starts
// with have theirs at one distance from the thread pointer in every thread (ELF Handling For Thread-Local Storage,
// 3.4.6 and 4.4.6); those of libraries loaded later lie in heap blocks, whose release says the same.
#include "rf_runtime.h"

#include <link.h>

#define OBJECTS_MAX 64

static struct object {
  uintptr_t base;    // where it is loaded
  uintptr_t before;  // distance of its variables' first byte to the thread pointer
  uintptr_t size;
  bool checked; // by code that defines some of them
} objects[OBJECTS_MAX];
static unsigned count; // descending by distance; fixed after the start but for `checked`

static int add(struct dl_phdr_info *info, size_t size, void *arg) {
  const ElfW(Phdr) *variables = NULL;
  (void)size;
  (void)arg;
  for (int i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_TLS)
      variables = &info->dlpi_phdr[i];
  const uintptr_t pointer = (uintptr_t)__builtin_thread_pointer(), at = (uintptr_t)info->dlpi_tls_data;
  if (!variables || !at || at >= pointer || count == OBJECTS_MAX)
    return 0;
  const struct object o = {info->dlpi_addr, pointer - at, variables->p_memsz, false};
  unsigned i = count++;
  for (; i && objects[i - 1].before < o.before; i--)
    objects[i] = objects[i - 1];
  objects[i] = o;
  return 0;
}

void rf_thread_locals_init(void) { dl_iterate_phdr(add, NULL); }

static int mark(struct dl_phdr_info *info, size_t size, void *arg) {
  const uintptr_t at = (uintptr_t)arg;
  (void)size;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
    const uintptr_t from = info->dlpi_addr + ph->p_vaddr;
    if (ph->p_type != PT_LOAD || at < from || at >= from + ph->p_memsz)
      continue;
    for (unsigned k = 0; k < count; k++)
      if (objects[k].base == info->dlpi_addr)
        __atomic_store_n(&objects[k].checked, true, __ATOMIC_RELAXED);
    return 1;
  }
  return 0;
}

void rf_thread_locals_checked(const struct rf_module *m) { dl_iterate_phdr(mark, (void *)m); }

bool rf_thread_locals_next(unsigned *i, struct rf_range *out) {
  for (; *i < count; ++*i)
    if (__atomic_load_n(&objects[*i].checked, __ATOMIC_RELAXED)) {
      out->from = (uintptr_t)__builtin_thread_pointer() - objects[*i].before;
      out->to = out->from + objects[*i].size;
      ++*i;
      return true;
    }
  return false;
}
