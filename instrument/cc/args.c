#include "args.h"
#include "response.h"
#include <string.h>

// Options whose value is the next argument.
static const char *const with_value[] = {
    "-o",
    "-x",
    "-I",
    "-L",
    "-D",
    "-U",
    "-l",
    "-T",
    "-u",
    "-e",
    "-z",
    "-F",
    "-B",
    "-b",
    "-V",
    "-A",
    "-G",
    "-J",
    "-MF",
    "-MT",
    "-MQ",
    "-MJ",
    "-Xclang",
    "-Xlinker",
    "-Xassembler",
    "-Xpreprocessor",
    "-Xanalyzer",
    "-Xopenmp-target",
    "-mllvm",
    "-target",
    "--target",
    "-arch",
    "-include",
    "-imacros",
    "-isystem",
    "-iquote",
    "-idirafter",
    "-iprefix",
    "-iwithprefix",
    "-iwithprefixbefore",
    "-isysroot",
    "--sysroot",
    "-ivfsoverlay",
    "-iframework",
    "-cxx-isystem",
    "-include-pch",
    "-framework",
    "-rpath",
    "-soname",
    "--param",
    "-param",
    "-dumpdir",
    "-dumpbase",
    "-dumpbase-ext",
    "-aux-info",
    "-specs",
    "-working-directory",
    "--config",
    "-resource-dir",
    "--serialize-diagnostics",
    "-serialize-diagnostics",
    "-Tbss",
    "-Tdata",
    "-Ttext",
    "-stdlib++-isystem",
    "-c-isystem",
    "-undef-prefix",
    "--output",
    "--language",
    "--include-directory",
    "--library-directory",
    "--define-macro",
    "--undefine-macro",
    "--include",
    "--imacros",
    "--for-linker",
    "--assert",
    "--prefix",
};

// Options after which clang does not link.
static const char *const early[] = {
    "-c",
    "-S",
    "-E",
    "-M",
    "-MM",
    "-fsyntax-only",
    "--compile",
    "--assemble",
    "--preprocess",
    "--analyze",
    "-emit-ast",
    "-module-file-info",
    "--precompile",
    "-extract-api",
    "-verify-pch",
    "--emit-static-lib",
    "-emit-interface-stubs",
    "-rewrite-objc",
};

static bool is_one_of(const char *s, const char *const *list, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!strcmp(s, list[i]))
      return true;
  return false;
}
#define IS_ONE_OF(s, list) is_one_of(s, list, sizeof(list) / sizeof(*(list)))

static bool starts(const char *s, const char *prefix) { return !strncmp(s, prefix, strlen(prefix)); }

enum input_class { IN_SOURCE, IN_ASSEMBLY, IN_OBJECT };

static enum input_class class_of_language(const char *lang) {
  return starts(lang, "assembler") ? IN_ASSEMBLY : IN_SOURCE;
}

static enum input_class class_of_name(const char *name) {
  static const char *const source[] = {
      "c",  "i",  "C",    "cc",  "cp",   "cxx",  "cpp", "CPP", "c++", "CXX", "C++", "ii",  "m",
      "mi", "mm", "M",    "mii", "h",    "H",    "hh",  "hp",  "hpp", "hxx", "h++", "HPP", "tcc",
      "bc", "ll", "cppm", "ccm", "cxxm", "c++m", "iim", "pcm", "cl",  "cu",  "ast",
  };
  static const char *const assembly[] = {"s", "S", "sx", "asm"};
  const char *dot = strrchr(name, '.');
  if (!dot || strchr(dot, '/'))
    return IN_OBJECT;
  if (IS_ONE_OF(dot + 1, source))
    return IN_SOURCE;
  return IS_ONE_OF(dot + 1, assembly) ? IN_ASSEMBLY : IN_OBJECT;
}

static bool is_header(const char *name, const char *lang) {
  static const char *const header[] = {"h", "H", "hh", "hp", "hpp", "hxx", "h++", "HPP", "tcc"};
  if (lang)
    return strstr(lang, "header") != NULL;
  const char *dot = strrchr(name, '.');
  return dot && IS_ONE_OF(dot + 1, header);
}

// lang: the value of the last -x, or NULL
static void add_input(struct args *a, const char *name, const char *lang) {
  a->has_input = true;
  enum input_class c = lang ? class_of_language(lang) : class_of_name(name);
  bool header = c != IN_OBJECT && is_header(name, lang);
  a->only_headers = header && (a->only_headers || !a->sources.n);
  if (c == IN_SOURCE || !strcmp(name, "-"))
    vec_push(&a->sources, name);
  else if (c == IN_ASSEMBLY)
    a->assembles = true;
  else
    vec_push(&a->objects, name);
}

// -fsanitize=a,b and -fno-sanitize=a,b
static void read_sanitizers(struct args *a, const char *list, bool on) {
  while (*list) {
    size_t n = strcspn(list, ",");
    bool all = n == 3 && !strncmp(list, "all", 3) && !on;
    if (all || (n == 7 && !strncmp(list, "address", 7)))
      a->sanitize_address = on;
    if (all || (n == 6 && !strncmp(list, "memory", 6)))
      a->sanitize_memory = on;
    if (all || (n == 9 && !strncmp(list, "hwaddress", 9)))
      a->sanitize_hwaddress = on;
    list += n + (list[n] == ',');
  }
}

// Does this -g option ask for debug information (1), for none (0), or only say how (-1)?
static int debug_level(const char *s) {
  static const char *const how[] = {"-gz",
                                    "-gno-",
                                    "-gcolumn-info",
                                    "-grecord",
                                    "-gstrict",
                                    "-gcc-",
                                    "-gembed",
                                    "-gpubnames",
                                    "-ggnu-pubnames",
                                    "-gsimple",
                                    "-gcodeview-ghash",
                                    "-gtemplate",
                                    "-gheterogeneous",
                                    "-gdbx-never"};
  if (!strcmp(s, "-g0") || !strcmp(s, "-ggdb0"))
    return 0;
  for (size_t i = 0; i < sizeof how / sizeof *how; i++)
    if (starts(s, how[i]))
      return -1;
  return 1;
}

static bool read_debug(struct args *a, const char *s) {
  if (!starts(s, "-g") || starts(s, "-gcc-"))
    return false;
  int level = debug_level(s);
  if (level >= 0)
    a->wants_debug = level;
  return true;
}

static bool read_mode(struct args *a, const char *s) {
  if (IS_ONE_OF(s, early)) {
    a->stops_early = true;
    if (!strcmp(s, "-E") || !strcmp(s, "-M") || !strcmp(s, "-MM") || !strcmp(s, "--preprocess"))
      a->only_preprocess = true;
    return true;
  }
  if (!strcmp(s, "-shared") || !strcmp(s, "--shared") || !strcmp(s, "-dynamiclib"))
    return a->shared = true;
  if (!strcmp(s, "-r") || !strcmp(s, "--relocatable") || !strcmp(s, "-Wl,-r"))
    return a->partial = true;
  if (!strcmp(s, "-static") || !strcmp(s, "--static") || !strcmp(s, "-static-pie"))
    return a->is_static = true;
  if (!strcmp(s, "-static-libstdc++"))
    return a->static_cxx = true;
  if (!strcmp(s, "-###"))
    return a->dry_run = true;
  if (!strcmp(s, "-fopenmp") || starts(s, "-fopenmp=")) {
    a->openmp = !strstr(s, "libgomp");
    return true;
  }
  if (!strcmp(s, "-fno-openmp")) {
    a->openmp = false;
    return true;
  }
  return false;
}

// -Wredflag, -Wno-redflag-NAME, -Werror=redflag, -Wno-error=redflag-NAME
static bool is_own_warning(const char *s) {
  static const char *const prefix[] = {"-Wredflag", "-Wno-redflag", "-Werror=redflag", "-Wno-error=redflag"};
  for (size_t i = 0; i < sizeof prefix / sizeof *prefix; i++) {
    const size_t n = strlen(prefix[i]);
    if (!strncmp(s, prefix[i], n) && (!s[n] || s[n] == '-'))
      return true;
  }
  return false;
}

// Options of ours, which clang must not see.
static bool read_own(struct args *a, const char *s) {
  if (!strcmp(s, "-fno-redflag"))
    return a->plain = true;
  if (!strcmp(s, "-fredflag-record")) // for tests of the detector: rf_trace.h
    return a->record = true;
  if (!strcmp(s, "-fredflag")) {
    a->plain = false;
    return true;
  }
  if (is_own_warning(s)) {
    vec_push(&a->warnings, s);
    return true;
  }
  if (!strcmp(s, "--redflag-version"))
    return a->version = true;
  if (!starts(s, "-fredflag-ignorelist="))
    return false;
  vec_push(&a->ignorelists, strchr(s, '=') + 1);
  return true;
}

// -fsanitize=thread asks for what we do anyway, -fno-sanitize=thread for the opposite; clang must see neither.
// Returns the option without it; NULL: nothing is left. prefix ends with '='.
static const char *take_thread(struct args *a, const char *s, const char *prefix, bool on) {
  char *kept = format("%s", prefix);
  size_t items = 0;
  for (const char *p = s + strlen(prefix); *p;) {
    size_t n = strcspn(p, ",");
    if (n == 6 && !strncmp(p, "thread", 6))
      a->plain = !on;
    else
      kept = format("%s%s%.*s", kept, items++ ? "," : "", (int)n, p);
    p += n + (p[n] == ',');
  }
  return items ? kept : NULL;
}

// NULL: clang is not to see the option at all.
static const char *take_sanitizers(struct args *a, const char *s) {
  if (starts(s, "-fsanitize="))
    return take_thread(a, s, "-fsanitize=", true);
  if (starts(s, "-fno-sanitize="))
    return take_thread(a, s, "-fno-sanitize=", false);
  return starts(s, "-fsanitize-thread-") || starts(s, "-fno-sanitize-thread-") ? NULL : s;
}

static void scan(struct args *a, const struct vec *in, struct vec *out) {
  const char *lang = NULL;
  for (size_t i = 0; i < in->n; i++) {
    const char *s = in->v[i];
    if (read_own(a, s) || !(s = take_sanitizers(a, s)))
      continue;
    vec_push(out, s);
    if (s[0] != '-' || !s[1]) {
      if (s[0] != '@')
        add_input(a, s, lang);
    } else if (IS_ONE_OF(s, with_value) && i + 1 < in->n) {
      vec_push(out, in->v[++i]);
      if (!strcmp(s, "-x") || !strcmp(s, "--language"))
        lang = strcmp(in->v[i], "none") ? in->v[i] : NULL;
    } else if (starts(s, "-x")) {
      lang = strcmp(s + 2, "none") ? s + 2 : NULL;
    } else if (starts(s, "-fsanitize=")) {
      read_sanitizers(a, s + 11, true);
    } else if (starts(s, "-fno-sanitize=")) {
      read_sanitizers(a, s + 14, false);
    } else if (!read_debug(a, s)) {
      read_mode(a, s);
    }
  }
}

// A shared library leaves the runtime's symbols to the program that loads it; take out what forbids that.
static bool forbids_undefined(const char *s) {
  return !strcmp(s, "-z,defs") || !strcmp(s, "--no-undefined") || !strcmp(s, "-no-undefined") ||
         !strcmp(s, "-zdefs");
}

// The same linker option list without the parts that forbid undefined symbols; NULL: nothing is left.
static const char *filter_linker_list(const char *s) {
  char *list = format("%s,", s + strlen("-Wl,")), *kept = format("-Wl");
  for (char *p = list, *comma; (comma = strchr(p, ',')); p = comma + 1) {
    *comma = '\0';
    char *second = comma + 1;
    if (!strcmp(p, "-z") && starts(second, "defs,")) {
      comma = second + strlen("defs");
      continue;
    }
    if (!forbids_undefined(p))
      kept = format("%s,%s", kept, p);
  }
  return strcmp(kept, "-Wl") ? kept : NULL;
}

static void drop_no_undefined(struct vec *v) {
  struct vec out = {0};
  for (size_t i = 0; i < v->n; i++) {
    const char *s = v->v[i], *next = i + 1 < v->n ? v->v[i + 1] : "";
    if (!strcmp(s, "-Xlinker") && forbids_undefined(next)) {
      i++;
    } else if (!strcmp(s, "-Xlinker") && !strcmp(next, "-z") && i + 3 < v->n && !strcmp(v->v[i + 3], "defs")) {
      i += 3;
    } else if (!strcmp(s, "-z") && !strcmp(next, "defs")) {
      i++;
    } else if (starts(s, "-Wl,")) {
      const char *kept = filter_linker_list(s);
      if (kept)
        vec_push(&out, kept);
    } else {
      vec_push(&out, s);
    }
  }
  *v = out;
}

static bool holds_no_undefined(const struct vec *v) {
  for (size_t i = 0; i < v->n; i++)
    if (strstr(v->v[i], "no-undefined") || strstr(v->v[i], "defs"))
      return true;
  return false;
}

void args_parse(struct args *a, int argc, char **argv) {
  struct vec given = {0}, expanded = {0}, kept = {0};
  for (int i = 1; i < argc; i++) {
    vec_push(&given, argv[i]);
    if (argv[i][0] != '@' || !response_read(argv[i] + 1, &expanded, 0))
      vec_push(&expanded, argv[i]);
  }
  scan(a, &expanded, &kept);
  // Clang gets response files as they are, so that long command lines stay short, unless something inside must
  // go.
  bool rewrite = a->shared && holds_no_undefined(&kept);
  bool same = kept.n == expanded.n;
  for (size_t i = 0; same && i < kept.n; i++)
    same = kept.v[i] == expanded.v[i] || !strcmp(kept.v[i], expanded.v[i]);
  if (same && !rewrite) {
    a->pass = given;
    return;
  }
  a->pass = kept;
  if (rewrite)
    drop_no_undefined(&a->pass);
}
