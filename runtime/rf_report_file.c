#include "rf_report_file.h"

#include "rf_host.h"
#include "rf_json.h"
#include "rf_options.h"
#include "rf_runtime.h"
#include "rf_sys.h"

#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#define PATH_BYTES 4096

static char directory[PATH_BYTES], prefix[256]; // of the file, from report_path
static int directory_fd = -1; // still leads there when the program changes its root or working directory
static char name[sizeof prefix + 64];
static int fd = -1;
static dev_t device; // of the file behind fd
static ino_t inode;
static bool failed;

static char cwd[PATH_BYTES];
static char command[PATH_BYTES];
static size_t command_bytes;
static long process, parent;
static uint64_t start_ms;

// ---- The process ----

uint64_t rf_report_file_now_ms(void) {
  struct timespec t = {0, 0};
  rf_sys(SYS_clock_gettime, CLOCK_REALTIME, (long)&t, 0, 0, 0, 0);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void learn_process(void) {
  process = rf_sys_getpid();
  parent = rf_sys(SYS_getppid, 0, 0, 0, 0, 0, 0);
  start_ms = rf_report_file_now_ms();
  if (rf_sys(SYS_getcwd, (long)cwd, sizeof cwd, 0, 0, 0, 0) <= 0 || *cwd != '/')
    *cwd = 0;
  const long from = rf_sys_open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC, 0);
  if (from < 0)
    return;
  const long got = rf_sys_read((int)from, command, sizeof command - 1);
  rf_sys_close((int)from);
  command_bytes = got > 0 ? (size_t)got : 0;
}

void rf_report_file_process(struct rf_text *out) {
  const struct rf_json_process p = {process, parent, start_ms, cwd, command, command_bytes};
  rf_json_process(out, &p);
}

// ---- The file ----

// Out of the way of programs that count on low numbers.
static int out_of_the_way(long low) {
  const long high = rf_sys(SYS_fcntl, low, F_DUPFD_CLOEXEC, 900, 0, 0, 0);
  if (high < 0)
    return (int)low;
  rf_sys_close((int)low);
  return (int)high;
}

static bool is_directory(const char *path) {
  const long at = rf_sys_open(path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  if (at >= 0)
    rf_sys_close((int)at);
  return at >= 0;
}

// DIRECTORY: files redflag.PID.json in it; else what stands behind the last slash begins their names.
static void split_path(const char *path) {
  struct rf_text d = {directory, 0, sizeof directory}, p = {prefix, 0, sizeof prefix};
  size_t slash = 0, n = 0;
  for (; path[n]; n++)
    if (path[n] == '/')
      slash = n + 1;
  const bool whole = slash == n || is_directory(path);
  rf_text_add_n(&d, path, whole ? n : slash);
  if (!d.len)
    rf_text_add(&d, ".");
  rf_text_add(&p, whole ? "redflag" : path + slash);
}

// How often a process of this number has been here before: it was replaced by exec, or its number was used
// again.
#define TURNS 10000

static void name_file(unsigned turn) {
  struct rf_text t = {name, 0, sizeof name};
  rf_text_add(&t, prefix);
  rf_text_add(&t, ".");
  rf_text_add_u(&t, (uint64_t)process);
  if (turn) {
    rf_text_add(&t, ".");
    rf_text_add_u(&t, turn);
  }
  rf_text_add(&t, ".json");
}

static bool holds_file(int at) {
  struct stat s;
  return at >= 0 && rf_sys(SYS_fstat, at, (long)&s, 0, 0, 0, 0) >= 0 && s.st_dev == device && s.st_ino == inode;
}

static long open_in_directory(int flags) {
  struct stat s;
  if (directory_fd >= 0 && rf_sys(SYS_fstat, directory_fd, (long)&s, 0, 0, 0, 0) >= 0 && S_ISDIR(s.st_mode))
    return rf_sys(SYS_openat, directory_fd, (long)name, flags, 0644, 0, 0);
  static char path[PATH_BYTES + sizeof name]; // as all here under the report lock, and too large for small stacks
  struct rf_text t = {path, 0, sizeof path};
  rf_text_add(&t, directory);
  rf_text_add(&t, "/");
  rf_text_add(&t, name);
  return rf_sys_open(path, flags, 0644);
}

static bool create(void) {
  long got = -EEXIST;
  for (unsigned turn = 0; got == -EEXIST && turn < TURNS; turn++) {
    name_file(turn);
    got = open_in_directory(O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC);
  }
  if (got < 0)
    return false;
  struct stat s = {0};
  fd = out_of_the_way(got);
  rf_sys(SYS_fstat, fd, (long)&s, 0, 0, 0, 0);
  device = s.st_dev;
  inode = s.st_ino;
  return true;
}

// A program that closes every descriptor has closed ours, and may have given its number to a file of its own.
static bool is_open(void) {
  if (holds_file(fd))
    return true;
  const long got = open_in_directory(O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
  if (got < 0)
    return false;
  fd = out_of_the_way(got);
  return holds_file(fd);
}

static void whole_name(struct rf_text *t) {
  rf_text_add(t, directory);
  if (t->len && t->at[t->len - 1] != '/')
    rf_text_add(t, "/");
  rf_text_add(t, *name ? name : prefix);
}

static void fail(void) {
  static char where[PATH_BYTES + sizeof name];
  struct rf_text t = {where, 0, sizeof where};
  failed = true;
  whole_name(&t);
  rf_say("cannot write reports to ", where);
}

static bool write_line(const char *p, size_t n) { return is_open() && rf_write_some(fd, p, n) == n; }

static bool begin_file(void) {
  char *line = rf_host->map(RF_JSON_LINE_BYTES);
  struct rf_text t = {line, 0, RF_JSON_LINE_BYTES};
  rf_report_file_process(&t);
  const bool done = create() && write_line(t.at, t.len);
  rf_host->unmap(line, RF_JSON_LINE_BYTES);
  return done;
}

// ---- The interface ----

bool rf_report_file_wanted(void) { return *rf_options.report_path && !failed; }

void rf_report_file_init(void) {
  learn_process();
  if (!*rf_options.report_path)
    return;
  split_path(rf_options.report_path);
  const long at = rf_sys_open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  if (at >= 0)
    directory_fd = out_of_the_way(at);
  if (begin_file())
    return;
  char where[PATH_BYTES + sizeof name];
  struct rf_text t = {where, 0, sizeof where};
  whole_name(&t);
  rf_refuse("cannot write reports to ", where);
}

void rf_report_file_put(const struct rf_text *line) {
  if (fd < 0 && !begin_file()) {
    fail();
    return;
  }
  if (!write_line(line->at, line->len))
    fail();
}

void rf_report_file_after_fork(void) {
  parent = process;
  process = rf_sys_getpid();
  start_ms = rf_report_file_now_ms();
  failed = false;
  if (holds_file(fd)) // the parent's
    rf_sys_close(fd);
  fd = -1;
}
