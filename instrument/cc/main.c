// redflag-cc and redflag-c++: run clang with what Redflag needs added to its command line.
#include "args.h"
#include "elf_scan.h"
#include "fail.h"
#include "paths.h"
#include "plain.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void push_all(struct vec *v, const char *const *items) {
  for (; *items; items++)
    vec_push(v, *items);
}
#define PUSH(v, ...) push_all(v, (const char *const[]){__VA_ARGS__, NULL})

// The combinations that cannot work; each is one line, not a page of linker errors.
static void refuse(const struct args *a) {
  bool checked = !a->plain || args_links(a);
  if (a->sanitize_address && checked)
    fail("-fsanitize=address cannot be combined with Redflag");
  if (a->sanitize_memory && checked)
    fail("-fsanitize=memory cannot be combined with Redflag");
  if (a->sanitize_hwaddress && checked)
    fail("-fsanitize=hwaddress cannot be combined with Redflag");
  if (a->is_static && args_links(a))
    fail("-static is not supported: the runtime must intercept calls into shared libraries");
  for (size_t i = 0; i < a->ignorelists.n; i++)
    if (access(a->ignorelists.v[i], R_OK))
      fail("cannot read ignore list %s: %s", a->ignorelists.v[i], strerror(errno));
}

// -Xclang, because the assembler gets -mllvm too and does not load the plugin that knows the option.
static void set_option(struct vec *out, const char *option) {
  PUSH(out, "-Xclang", "-mllvm", "-Xclang", option);
}

static char *plugin_for(const char *clang) {
  const int version = clang_version(clang);
  char *plugin = find_plugin(version);
  if (!access(plugin, R_OK))
    return plugin;
  if (version != 19)
    fail("%s is clang %d, for which there is no plugin here; install clang-19, or name it by REDFLAG_CLANG", clang,
         version);
  fail("the compiler plugin is missing: %s", plugin);
}

static void add_plugin(struct vec *out, const struct args *a, const char *clang) {
  const char *plugin = plugin_for(clang);
  PUSH(out, format("-fplugin=%s", plugin), format("-fpass-plugin=%s", plugin));
  // Reports need lines, names of variables and of types; when the user wants no debug information the pass takes
  // it out again. What is inside the types would cost time.
  if (!a->wants_debug)
    PUSH(out, "-Xclang", "-debug-info-kind=constructor");
  if (!a->wants_debug)
    set_option(out, "-redflag-strip");
  if (a->plain)
    set_option(out, "-redflag-instrument=0");
  if (a->record)
    set_option(out, "-redflag-record");
  for (size_t i = 0; i < a->warnings.n; i++)
    PUSH(out, "-Xclang", "-plugin-arg-redflag", "-Xclang", a->warnings.v[i]);
  for (size_t i = 0; i < a->ignorelists.n; i++)
    set_option(out, format("-redflag-ignorelist=%s", a->ignorelists.v[i]));
}

static void add_compile(struct vec *out, const struct args *a, const char *clang) {
  if (!a->sources.n && !a->assembles)
    return;
  PUSH(out, "--start-no-unused-arguments", "-D__REDFLAG__=1", "-isystem", own_file("include"));
  if (args_compiles(a))
    add_plugin(out, a, clang);
  vec_push(out, "--end-no-unused-arguments");
}

// LLVM's OpenMP runtime tells of its synchronisation through a tool, Archer, which speaks ThreadSanitizer's
// language. The executable is told where it lies; runtime/rf_openmp.c loads it.
static void add_archer(struct vec *out, const char *clang) {
  char *dir;
  if (clang_library(clang, "libarcher.so", &dir))
    PUSH(out, "-Xlinker", "-rpath", "-Xlinker", dir);
}

// By -Xlinker, because after the user's -x a file name would be taken for a source.
static void add_link(struct vec *out, const struct args *a, const char *clang) {
  if (!args_links(a) || a->shared || a->partial)
    return;
  const char *runtime = a->record ? "libredflag-record.a" : "libredflag.a";
  PUSH(out, "-Xlinker", "--whole-archive", "-Xlinker", own_file_required(runtime, "the runtime"));
  if (!a->static_cxx) { // the C++ library's functions are intercepted where it is shared
    const char *cxx = a->record ? "libredflag-cxx-record.a" : "libredflag-cxx.a";
    PUSH(out, "-Xlinker", own_file_required(cxx, "the runtime for C++"));
  }
  PUSH(out, "-Xlinker", "--no-whole-archive");
  char *symbols = own_file("redflag.syms");
  if (!access(symbols, R_OK))
    PUSH(out, "-Xlinker", "--export-dynamic-symbol-list", "-Xlinker", symbols);
  else
    vec_push(out, "-rdynamic");
  PUSH(out, "-lpthread", "-ldl", "-lrt", "-lm");
  if (a->openmp)
    add_archer(out, clang);
}

// The inputs of the link whose code carries no checks.
static struct vec plain_inputs(const struct args *a) {
  struct vec plain = {0};
  if (!args_links(a) || a->shared || a->partial || a->dry_run)
    return plain;
  for (size_t i = 0; i < a->objects.n; i++)
    if (file_is_plain(a->objects.v[i]))
      vec_push(&plain, a->objects.v[i]);
  if (a->plain)
    vec_append(&plain, &a->sources);
  return plain;
}

static _Noreturn void run(const struct vec *cmd) {
  execv(cmd->v[0], (char *const *)cmd->v);
  fail("cannot run %s: %s", cmd->v[0], strerror(errno));
}

// Runs cmd and deletes temp afterwards, also when a signal ends clang.
static int run_and_delete(const struct vec *cmd, const char *temp) {
  fflush(NULL);
  pid_t child = fork();
  if (child == 0)
    run(cmd);
  signal(SIGINT, SIG_IGN); // the child gets it too, and then we clean up
  signal(SIGTERM, SIG_IGN);
  int status = 1 << 8;
  if (child > 0)
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
      ;
  unlink(temp);
  if (child < 0)
    fail("cannot start clang: %s", strerror(errno));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void print_version(const char *clang) {
  printf("%s %s\nclang: %s\n", program_name, RF_VERSION, clang);
  fflush(stdout);
}

int main(int argc, char **argv) {
  const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
  bool cxx = strstr(name, "++") != NULL;
  program_name = cxx ? "redflag-c++" : "redflag-cc";

  // In front of another compiler's command line, as CMake puts a launcher: takes its place.
  if (argc > 2 && !strcmp(argv[1], "--redflag-launch")) {
    argc -= 2;
    argv += 2;
  }
  struct args a = {0};
  args_parse(&a, argc, argv);
  bool needs_mode;
  struct vec cmd = {0};
  vec_push(&cmd, find_clang(cxx, &needs_mode));
  if (needs_mode)
    vec_push(&cmd, "--driver-mode=g++");
  if (a.version) {
    print_version(cmd.v[0]);
    vec_push(&cmd, "--version");
    run(&cmd);
  }
  refuse(&a);
  add_compile(&cmd, &a, cmd.v[0]);
  vec_append(&cmd, &a.pass);
  add_link(&cmd, &a, cmd.v[0]);
  struct vec plain = plain_inputs(&a);
  char *list = plain.n ? plain_write(&plain) : NULL;
  if (!list)
    run(&cmd);
  PUSH(&cmd, "-x", "assembler", list);
  return run_and_delete(&cmd, list);
}
