// Reads a compiler's command line far enough to know what will be done.
#ifndef CC_ARGS_H
#define CC_ARGS_H

#include "vec.h"
#include <stdbool.h>

struct args {
  struct vec pass;    // what clang is to see of the user's arguments
  struct vec objects; // inputs of the link that exist already: objects, archives, libraries
  struct vec sources; // inputs that are compiled
  struct vec ignorelists;
  struct vec warnings; // -Wredflag and its kin, which the plugin reads
  bool has_input;
  bool only_headers;    // every source is a header, to be precompiled
  bool assembles;       // an input is assembly
  bool only_preprocess; // -E, -M, -MM
  bool stops_early;     // any option that leaves the link out
  bool shared, partial, is_static;
  bool dry_run;     // -###
  bool wants_debug; // -g of any level but 0
  bool plain;       // -fno-redflag
  bool record;      // -fredflag-record
  bool version;     // --redflag-version
  bool openmp;      // linked with LLVM's OpenMP runtime
  bool static_cxx;  // -static-libstdc++
  bool sanitize_address, sanitize_memory, sanitize_hwaddress;
};

void args_parse(struct args *a, int argc, char **argv);

static inline bool args_compiles(const struct args *a) { return a->sources.n && !a->only_preprocess; }
static inline bool args_links(const struct args *a) {
  return a->has_input && !a->stops_early && !(a->only_headers && !a->objects.n);
}

#endif
