#include "entries.h"

#include <stdlib.h>
#include <string.h>

struct row {
  const char *name;
  bool slow;
};

static const struct row rows[] = {
#define RF_SLOW(name, args) {#name, true},
#define RF_CALL(name, ret, args) {#name, false},
#include "rf_entries.def"
#undef RF_SLOW
#undef RF_CALL
};

static const char *const intercepted[] = {
#include "intercepted.inc"
};

static bool begins_with(const char *s, const char *with) { return strncmp(s, with, strlen(with)) == 0; }

static bool begins_with_any(const char *s, const char *const *with) {
  for (; *with; with++)
    if (begins_with(s, *with))
      return true;
  return false;
}

enum entry entry_named(const char *name) {
  static const char *const checks[] = {"__rf_check_", "__rf_read",   "__rf_write", "__rf_mem",
                                       "__rf_vptr_",  "__rf_atomic", NULL};
  static const char *const tsan_checks[] = {
      "__tsan_read",  "__tsan_write",  "__tsan_unaligned_", "__tsan_volatile_", "__tsan_atomic",
      "__tsan_vptr_", "__tsan_memcpy", "__tsan_memset",     "__tsan_memmove",   NULL};
  if (begins_with(name, "__tsan_"))
    return begins_with_any(name, tsan_checks) ? ENTRY_TSAN_CHECK : ENTRY_TSAN_OTHER;
  if (begins_with(name, "__rf_check_"))
    return ENTRY_CHECK;
  for (size_t n = 0; n < sizeof rows / sizeof *rows; n++)
    if (strcmp(rows[n].name, name) == 0)
      return rows[n].slow || begins_with_any(name, checks) ? ENTRY_CHECK : ENTRY_OTHER;
  return ENTRY_NONE;
}

bool is_own_name(const char *name) {
  static const char *const exactly[] = {"_start",
                                        "_init",
                                        "_fini",
                                        "deregister_tm_clones",
                                        "register_tm_clones",
                                        "__do_global_dtors_aux",
                                        "frame_dummy",
                                        "call_weak_fn",
                                        "__libc_csu_init",
                                        "__libc_csu_fini",
                                        "_dl_relocate_static_pie",
                                        "redflag.module_init",
                                        "tsan.module_ctor",
                                        "__clang_call_terminate",
                                        "_sub_I_00099_0",
                                        "_sub_D_00099_0",
                                        "atexit",
                                        "at_quick_exit",
                                        "pthread_atfork",
                                        "__pthread_atfork",
                                        "__stack_chk_fail_local",
                                        NULL};
  static const char *const begins[] = {
      "__rf_check_",  "__rf_",          "__tsan_",         "_ZN6__tsan",          "_ZN11__sanitizer",
      "__sanitizer_", "__interceptor_", "___interceptor_", "_ZN14__interception", NULL};
  for (const char *const *e = exactly; *e; e++)
    if (strcmp(*e, name) == 0)
      return true;
  return begins_with_any(name, begins);
}

static int by_text(const void *key, const void *row) { return strcmp(key, *(const char *const *)row); }

bool is_intercepted(const char *name) {
  return bsearch(name, intercepted, sizeof intercepted / sizeof *intercepted, sizeof *intercepted, by_text) !=
         NULL;
}

bool is_modelled(const char *soname) {
  static const char *const names[] = {
      "libc.so",      "libm.so",     "ld-linux",  "libpthread.so", "libdl.so", "librt.so",
      "libstdc++.so", "libgcc_s.so", "libc++.so", "libc++abi.so",  NULL};
  return begins_with_any(soname, names);
}

unsigned futex_number(bool is_x86) { return is_x86 ? 202 : 98; }
