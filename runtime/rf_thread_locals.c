// Where the thread-local variables of checked code lie within a thread's stack. The objects that the program starts
// with have theirs at one distance from the thread pointer in every thread (ELF Handling For Thread-Local Storage,
// 3.4.6 and 4.4.6); those of libraries loaded later lie in heap blocks, whose release says the same.
#include "rf_runtime.h"

#include <link.h>

#define OBJECTS_MAX 64

static struct object {
  uintptr_t code;    // in it
  uintptr_t before;  // distance of its variables' first byte to the thread pointer
  uintptr_t size;
} objects[OBJECTS_MAX];
static unsigned count; // descending by distance

static int add(struct dl_phdr_info *info, size_t size, void *arg) {
  const ElfW(Phdr) *variables = NULL, *code = NULL;
  (void)size;
  (void)arg;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
    if (ph->p_type == PT_TLS)
      variables = ph;
    if (ph->p_type == PT_LOAD && ph->p_flags & PF_X)
      code = ph;
  }
  const uintptr_t pointer = (uintptr_t)__builtin_thread_pointer(), at = (uintptr_t)info->dlpi_tls_data;
  if (!variables || !code || !at || at >= pointer || count == OBJECTS_MAX)
    return 0;
  const struct object o = {info->dlpi_addr + code->p_vaddr, pointer - at, variables->p_memsz};
  unsigned i = count++;
  for (; i && objects[i - 1].before < o.before; i--)
    objects[i] = objects[i - 1];
  objects[i] = o;
  return 0;
}

void rf_thread_locals_init(void) { dl_iterate_phdr(add, NULL); }

bool rf_thread_locals_next(unsigned *i, struct rf_range *out) {
  for (; *i < count; ++*i)
    if (rf_modules_judge((const void *)objects[*i].code)) {
      out->from = (uintptr_t)__builtin_thread_pointer() - objects[*i].before;
      out->to = out->from + objects[*i].size;
      ++*i;
      return true;
    }
  return false;
}
