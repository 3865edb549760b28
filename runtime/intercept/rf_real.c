#include "rf_real.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

extern const struct rf_real_row __start_rf_reals[] __attribute__((visibility("hidden")));
extern const struct rf_real_row __stop_rf_reals[] __attribute__((visibility("hidden")));

static void find_all(bool reserved) {
  for (const struct rf_real_row *r = __start_rf_reals; r < __stop_rf_reals; r++)
    if ((*r->name == '_') == reserved)
      *r->at = dlsym(RTLD_NEXT, r->name);
}

// A function that this process's libraries do not have stays NULL; nobody can call it then. But for the error's text
// memory is asked for, and a preloaded malloc may call interceptors: so those that may be missing come last.
void rf_real_init(void) {
  find_all(false);
  find_all(true);
}

// ---- In one library alone ----
// dlsym() with a handle would need dlopen(), which at this time starts the C library without its arguments and its
// environment. So the library's own table is asked (GNU hash: https://sourceware.org/ml/binutils/2006-10/msg00377.html).

struct symbols {
  const ElfW(Sym) *symbol;
  const char *strings;
  const uint32_t *hash;
};

static struct symbols symbols_of(const struct link_map *m) {
  struct symbols t = {0};
  for (const ElfW(Dyn) *d = m->l_ld; d->d_tag != DT_NULL; d++) {
    const void *p = (const void *)d->d_un.d_ptr; // the loader has made addresses of the offsets
    if (d->d_tag == DT_SYMTAB)
      t.symbol = p;
    else if (d->d_tag == DT_STRTAB)
      t.strings = p;
    else if (d->d_tag == DT_GNU_HASH)
      t.hash = p;
  }
  return t;
}

static void *find_in(const struct link_map *m, const char *name) {
  const struct symbols t = symbols_of(m);
  uint32_t h = 5381;
  for (const char *p = name; *p; p++)
    h = h * 33 + (unsigned char)*p;
  if (!t.symbol || !t.strings || !t.hash)
    return NULL;
  const uint32_t buckets = t.hash[0], first = t.hash[1], filter_words = t.hash[2];
  const uint32_t *bucket = (const uint32_t *)((const uint64_t *)(t.hash + 4) + filter_words), *chain = bucket + buckets;
  uint32_t i = bucket[h % buckets];
  if (i < first)
    return NULL;
  for (;; i++) {
    const uint32_t link = chain[i - first];
    if ((link | 1) == (h | 1) && !strcmp(t.strings + t.symbol[i].st_name, name))
      return (void *)(m->l_addr + t.symbol[i].st_value);
    if (link & 1)
      return NULL;
  }
}

void *rf_real_in(const char *library, const char *name) {
  for (const struct link_map *m = _r_debug.r_map; m; m = m->l_next) {
    const char *slash = strrchr(m->l_name, '/');
    if (!strcmp(slash ? slash + 1 : m->l_name, library))
      return find_in(m, name);
  }
  return NULL;
}
