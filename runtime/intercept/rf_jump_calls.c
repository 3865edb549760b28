// Jumps: out of signal handlers, whose run is over then, and to other stacks.
#include "rf_context.h"
#include "rf_intercept.h"

#include <setjmp.h>

// The stack pointer in a jump buffer, as the C library keeps it: rotated and mixed with a secret of the process.
static uintptr_t stack_of(const struct __jmp_buf_tag *env) {
  enum { RSP = 6, ROTATED = 17 };
  uintptr_t sp = (uintptr_t)env->__jmpbuf[RSP], secret;
  __asm__("movq %%fs:0x30, %0" : "=r"(secret));
  return (sp >> ROTATED | sp << (64 - ROTATED)) ^ secret;
}

static void jumping(uintptr_t sp) {
  rf_jumping(sp);
  if (RF_UNLIKELY(atomic_load_explicit(&rf_context_count, memory_order_relaxed)))
    rf_context_jumping(sp);
}

#define JUMP(name)                                                                                           \
  RF_INTERCEPT(void, name, (struct __jmp_buf_tag * env, int value)) {                                        \
    if (!real_##name)                                                                                        \
      RF_READY();                                                                                            \
    jumping(stack_of(env));                                                                                  \
    real_##name(env, value);                                                                                 \
    __builtin_unreachable();                                                                                 \
  }
JUMP(longjmp)
JUMP(_longjmp)
JUMP(siglongjmp)
JUMP(__longjmp_chk)
