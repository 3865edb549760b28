// redflag doctor: what is installed, what works here, and what to do about the rest.
#include "capture.h"
#include "commands.h"
#include "fail.h"
#include "prefix.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/membarrier.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static bool quiet;

const struct option doctor_options[] = {
    {"quiet", 'q', OPTION_FLAG, &quiet, NULL, "tell only what is not as it should be"},
    {NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

const char doctor_details[] =
    "Looks at the installation, compiles and runs a program with a race and one without, and looks at what the\n"
    "system allows. Each line begins with ok, note (it works, but something is slower or missing) or FAIL, and\n"
    "says what to do.\n\n"
    "Exit status: 0 if nothing failed, else 1.\n\n"
    "Examples:\n  redflag doctor\n  redflag doctor --quiet || exit 1      # in a CI job, before the build\n";

// ---- Findings ----

enum verdict { FINE, NOTE, BROKEN };
static unsigned broken;

__attribute__((format(printf, 2, 3))) static void tell(enum verdict v, const char *format, ...) {
  static const char *const names[] = {"ok  ", "note", "FAIL"};
  struct buffer plain = {0};
  char text[2048];
  va_list args;
  broken += v == BROKEN;
  if (quiet && v == FINE)
    return;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  buffer_add_plain(&plain, text, false);
  printf("%s  %s\n", names[v], buffer_text(&plain));
  fflush(stdout);
  buffer_free(&plain);
}

// First line of a small file, "" if it cannot be read. Static.
static const char *line_of(const char *path) {
  static char text[256];
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
  if (fd >= 0)
    close(fd);
  text[n > 0 ? n : 0] = 0;
  text[strcspn(text, "\n")] = 0;
  return text;
}

// ---- The installation ----

static const char *prefix;

static bool find_prefix(void) {
  prefix = own_prefix();
  if (!prefix)
    tell(BROKEN, "installation: /proc/self/exe cannot be read; mount /proc");
  return prefix;
}

static bool look_at_files(void) {
  static const struct {
    const char *name, *what;
    enum verdict without;
  } files[] = {
      {"bin/redflag-cc", "the C compiler", BROKEN},
      {"bin/redflag-c++", "the C++ compiler", BROKEN},
      {"lib/redflag/libredflag-pass-19.so", "the compiler plugin", BROKEN},
      {"lib/redflag/libredflag.a", "the runtime", BROKEN},
      {"lib/redflag/libredflag-cxx.a", "the runtime for C++", BROKEN},
      {"lib/redflag/redflag.syms", "the runtime's list of symbols", BROKEN},
      {"lib/redflag/include/redflag/go.h", "the headers", BROKEN},
      {"lib/libredflag-go.a", "the goroutine library for programs without the detector", NOTE},
  };
  bool all = true;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", prefix, files[i].name);
    if (!access(path, R_OK))
      continue;
    all &= files[i].without != BROKEN;
    tell(files[i].without, "installation: %s is missing (%s: %s); install Redflag again", files[i].what, path,
         strerror(errno));
  }
  if (all)
    tell(FINE, "installation: redflag %s in %s", RF_VERSION, prefix);
  return all;
}

// ---- The compiler ----

static char *compiler(bool cxx) {
  static char path[2][PATH_MAX + 32];
  snprintf(path[cxx], sizeof path[cxx], "%s/bin/%s", prefix, cxx ? "redflag-c++" : "redflag-cc");
  return path[cxx];
}

static const char *const trouble[] = {"error", "cannot", "not found", "No space", NULL};

// Whether clang is there, and takes our plugin.
static bool look_at_clang(void) {
  static const char *const versions[] = {"clang version", NULL};
  char *ask[] = {compiler(false), (char *)"--redflag-version", NULL};
  char *load[] = {compiler(false), (char *)"-fsyntax-only", (char *)"-x", (char *)"c", (char *)"/dev/null", NULL};
  struct capture asked = capture_run(ask, 60), loaded = capture_run(load, 60);
  const bool found = asked.status == 0 && strstr(buffer_text(&asked.text), "clang version");
  if (!found)
    tell(BROKEN, "compiler: %s", capture_line(&asked, trouble));
  else if (loaded.status)
    tell(BROKEN, "compiler: %s", capture_line(&loaded, trouble));
  else
    tell(FINE, "compiler: %s", capture_line(&asked, versions));
  buffer_free(&asked.text);
  buffer_free(&loaded.text);
  return found && !loaded.status;
}

// ---- A place for files ----

static char folder[PATH_MAX];

static bool make_folder(void) {
  enum { ROOM = 4 << 20 }; // what a small compilation needs
  const char *tmp = getenv("TMPDIR");
  char file[PATH_MAX + 16];
  static char zeros[1 << 16];
  if (!tmp || !*tmp)
    tmp = "/tmp";
  snprintf(folder, sizeof folder, "%s/redflag-doctor-XXXXXX", tmp);
  if (!mkdtemp(folder)) {
    tell(BROKEN, "temporary files: %s cannot be written: %s; set TMPDIR to a directory that can", tmp,
         strerror(errno));
    folder[0] = 0;
    return false;
  }
  snprintf(file, sizeof file, "%s/room", folder);
  const int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  int error = fd < 0 ? errno : 0;
  for (long n = 0; !error && n < ROOM; n += (long)sizeof zeros)
    if (write(fd, zeros, sizeof zeros) != (ssize_t)sizeof zeros)
      error = errno ? errno : ENOSPC;
  if (fd >= 0)
    close(fd);
  unlink(file);
  if (error)
    tell(BROKEN, "temporary files: no 4 MiB can be written in %s: %s; make room, or set TMPDIR", tmp,
         strerror(error));
  else
    tell(FINE, "temporary files: %s", tmp);
  return !error;
}

static void remove_folder(void) {
  static const char *const names[] = {"racy.c", "clean.cpp", "racy", "clean"};
  char file[PATH_MAX + 16];
  if (!folder[0])
    return;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(file, sizeof file, "%s/%s", folder, names[i]);
    unlink(file);
  }
  rmdir(folder);
}

// ---- Two programs ----

static const char racy[] = "#include <pthread.h>\n"
                           "static int n;\n"
                           "static void *next(void *p) { n++; return p; }\n"
                           "int main(void) {\n"
                           "  pthread_t t[2];\n"
                           "  for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, next, 0);\n"
                           "  for (int i = 0; i < 2; i++) pthread_join(t[i], 0);\n"
                           "  return 0;\n"
                           "}\n";
static const char clean[] = "#include <atomic>\n"
                            "#include <thread>\n"
                            "static std::atomic<int> n;\n"
                            "int main() {\n"
                            "  std::thread a([] { n++; }), b([] { n++; });\n"
                            "  a.join();\n"
                            "  b.join();\n"
                            "  return n != 2;\n"
                            "}\n";

static bool write_file(const char *path, const char *text) {
  FILE *f = fopen(path, "we");
  if (!f)
    return false;
  const bool fine = fputs(text, f) >= 0;
  return fclose(f) == 0 && fine;
}

// Compiles and runs it. expected: the exit status.
static void try_program(const char *name, const char *extension, const char *text, bool cxx, int expected) {
  char source[PATH_MAX + 16], program[PATH_MAX + 16];
  const char *const language = cxx ? "C++" : "C";
  snprintf(source, sizeof source, "%s/%s.%s", folder, name, extension);
  snprintf(program, sizeof program, "%s/%s", folder, name);
  if (!write_file(source, text)) {
    tell(BROKEN, "%s program: %s cannot be written: %s", language, source, strerror(errno));
    return;
  }
  char *compile[] = {compiler(cxx), (char *)"-O1", source, (char *)"-o", program, NULL};
  struct capture c = capture_run(compile, 120);
  if (c.status) {
    tell(cxx ? NOTE : BROKEN, "%s program: cannot be compiled (status %d): %s", language, c.status,
         capture_line(&c, trouble));
    buffer_free(&c.text);
    return;
  }
  buffer_free(&c.text);
  char *run[] = {program, NULL};
  unsetenv("REDFLAG_OPTIONS");
  c = capture_run(run, 60);
  const bool told = strstr(buffer_text(&c.text), "data race") != NULL;
  static const char *const refusal[] = {"Redflag", NULL};
  if (c.status == expected && told == (expected == STATUS_REPORTS))
    tell(FINE, "%s program: %s", language, told ? "its race is reported, status 66" : "nothing false is reported");
  else
    tell(BROKEN, "%s program: status %d instead of %d: %s", language, c.status, expected,
         capture_line(&c, refusal));
  buffer_free(&c.text);
}

// ---- The system ----

static void look_at_processor(void) {
  struct utsname u;
  unsigned a, b, c = 0, d;
  uname(&u);
  if (strcmp(u.machine, "x86_64") != 0) {
    tell(BROKEN, "processor: %s; programs under the detector need x86-64", u.machine);
    return;
  }
  __cpuid(1, a, b, c, d);
  if (!(c & bit_CMPXCHG16B))
    tell(BROKEN, "processor: no cmpxchg16b; programs under the detector need it");
  else if (!__builtin_cpu_supports("avx2"))
    tell(BROKEN, "processor: no AVX2; programs under the detector need it");
  else
    tell(FINE, "system: Linux %s, x86-64 with AVX2, %ld processors", u.release, sysconf(_SC_NPROCESSORS_ONLN));
}

static void look_at_addresses(void) {
  const char *bits = line_of("/proc/sys/vm/mmap_rnd_bits");
  if (*bits)
    tell(FINE, "address space: randomised by %s bits", bits);
  else
    tell(FINE, "address space: nothing is known of its randomisation");
}

static void look_at_limits(void) {
  static const struct {
    int which;
    const char *name, *option;
  } limits[] = {{RLIMIT_AS, "address space", "-v"}, {RLIMIT_DATA, "data", "-d"}};
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    struct rlimit r;
    if (!getrlimit(limits[i].which, &r) && r.rlim_cur != RLIM_INFINITY)
      tell(NOTE, "limits: %s is limited to %lu MiB; where a program cannot start, use `ulimit %s unlimited`",
           limits[i].name, (unsigned long)(r.rlim_cur >> 20), limits[i].option);
  }
  if (atoi(line_of("/proc/sys/vm/overcommit_memory")) == 2)
    tell(NOTE, "limits: vm.overcommit_memory is 2; where a program cannot start, set it to 0 or 1");
}

static void look_at_calls(void) {
  if (syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) < 0)
    tell(NOTE, "system calls: membarrier is not allowed here (%s); reports stay exact, programs with many "
               "threads are slower",
         strerror(errno));
  if (personality(0xffffffff) < 0)
    tell(NOTE, "system calls: personality is not allowed here (%s); needed only where addresses collide",
         strerror(errno));
  const pid_t child = fork();
  if (!child)
    _exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0);
  int status = 0;
  if (child > 0 && waitpid(child, &status, 0) == child && status)
    tell(NOTE, "system calls: ptrace is not allowed here; debuggers cannot be used");
}

// A filter that was put on us is put on the programs that we test, too.
static void look_at_seccomp(void) {
  FILE *f = fopen("/proc/self/status", "re");
  char line[256];
  int mode = 0;
  while (f && fgets(line, sizeof line, f))
    if (sscanf(line, "Seccomp: %d", &mode) == 1)
      break;
  if (f)
    fclose(f);
  if (mode)
    tell(NOTE, "system calls: a seccomp filter is active (mode %d)", mode);
}

int doctor_main(int argc, char **argv) {
  (void)argv;
  if (argc)
    fail(STATUS_USAGE, "doctor: takes no arguments");
  look_at_processor();
  look_at_addresses();
  look_at_limits();
  look_at_seccomp();
  look_at_calls();
  const bool installed = find_prefix() && look_at_files();
  const bool compiles = installed && look_at_clang();
  if (make_folder() && compiles) {
    try_program("racy", "c", racy, false, STATUS_REPORTS);
    try_program("clean", "cpp", clean, true, STATUS_OK);
  }
  remove_folder();
  if (broken)
    printf("%u of these must be mended first\n", broken);
  return broken ? STATUS_FAILED : STATUS_OK;
}
