// What the files of ThreadSanitizer's compiler interface share. Objects of gcc, clang, gfortran and rustc with
// -fsanitize=thread call these functions; each stands for what compiled code of our own does inline.
#ifndef RF_TSAN_H
#define RF_TSAN_H

#include "rf_pc_site.h"
#include "rf_runtime.h"

#define RF_CALLER_PC ((uintptr_t)__builtin_return_address(0))

// Frames that __tsan_func_entry pushes hold no site, or one of an address, until they call something.
static inline bool rf_frame_is_foreign(const struct rf_frame *f) {
  return !f->site || f->site->kind == RF_SITE_PC;
}

#endif
