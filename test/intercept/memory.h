// Cases of memory: see memory.txt.
#include "harness.h"

enum mode { RACY, CLEAN };
enum kind { READS, WRITES, ENDS };
struct kase {
  const char *name;
  enum kind kind;
  void (*init)(), (*call)();
};
static const kase *now;
static enum mode how;
static char buf_room[512] __attribute__((aligned(64))), other[512] __attribute__((aligned(64))), large[1 << 16];
static char *buf = buf_room, path[] = "/proc/self/exe", *in = other, *out = other;
#define W ((wchar_t *)buf)
#define V ((wchar_t *)other)
static size_t in_left = 4, out_left = 100, size;
static iconv_t cd;
static void *elsewhere;
static time_t now_seconds;
static int number;
static sockaddr_in loopback = {AF_INET};
static pthread_mutex_t order_lock = PTHREAD_MUTEX_INITIALIZER;

static int feed(const char *text) {
  int fd[2];
  pipe(fd);
  write(fd[1], text, strlen(text));
  return fd[0];
}
static int feed_socket(const char *text) {
  int fd[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
  write(fd[1], text, strlen(text));
  return fd[0];
}
static FILE *file(const char *text) {
  int fd[2];
  pipe(fd);
  write(fd[1], text, strlen(text));
  close(fd[1]);
  return fdopen(fd[0], "r");
}
static int file_fd(const char *text) {
  const int fd = fileno(tmpfile());
  write(fd, text, strlen(text));
  return fd;
}
static void input(const char *text) {
  int fd[2];
  pipe(fd);
  write(fd[1], text, strlen(text));
  close(fd[1]);
  dup2(fd[0], 0);
}
static iovec *vec(char *p, size_t n) {
  static iovec v;
  v = {p, n};
  return &v;
}
static int child() {
  const int pid = fork();
  if (!pid)
    _exit(0);
  return pid;
}
static void unlink_after(int fd) {
  char name[99] = "/proc/self/fd/", target[99] = "";
  sprintf(name + 14, "%d", fd);
  readlink(name, target, 98);
  unlink(target);
}
static void rmdir_after(char *p) {
  char name[99];
  for (int i = 0; i < 99; i++) // no interceptor: the report is to name mkdtemp
    name[i] = p[i];
  rmdir(name);
}
static int order(const void *, const void *) { return 0; }
static int order_r(const void *, const void *, void *) { return 0; }

extern "C" {
int old_sscanf(const char *, const char *, ...) __asm__("sscanf");
int old_fscanf(FILE *, const char *, ...) __asm__("fscanf");
int old_scanf(const char *, ...) __asm__("scanf");
int old_vsscanf(const char *, const char *, va_list) __asm__("vsscanf");
int old_vfscanf(FILE *, const char *, va_list) __asm__("vfscanf");
int old_vscanf(const char *, va_list) __asm__("vscanf");
void *__memcpy_chk(void *, const void *, size_t, size_t);
void *__memmove_chk(void *, const void *, size_t, size_t);
void *__mempcpy_chk(void *, const void *, size_t, size_t);
void *__memset_chk(void *, int, size_t, size_t);
char *__strcpy_chk(char *, const char *, size_t);
char *__stpcpy_chk(char *, const char *, size_t);
char *__strcat_chk(char *, const char *, size_t);
char *__strncat_chk(char *, const char *, size_t, size_t);
char *__strncpy_chk(char *, const char *, size_t, size_t);
char *__stpncpy_chk(char *, const char *, size_t, size_t);
char *__fgets_chk(char *, size_t, int, FILE *);
size_t __fread_chk(void *, size_t, size_t, size_t, FILE *);
char *__getcwd_chk(char *, size_t, size_t);
char *__realpath_chk(const char *, char *, size_t);
ssize_t __readlink_chk(const char *, char *, size_t, size_t);
ssize_t __read_chk(int, void *, size_t, size_t);
ssize_t __recv_chk(int, void *, size_t, size_t, int);
int __printf_chk(int, const char *, ...);
int __vprintf_chk(int, const char *, va_list);
int __fprintf_chk(FILE *, int, const char *, ...);
int __vfprintf_chk(FILE *, int, const char *, va_list);
int __sprintf_chk(char *, int, size_t, const char *, ...);
int __vsprintf_chk(char *, int, size_t, const char *, va_list);
int __snprintf_chk(char *, size_t, int, size_t, const char *, ...);
int __vsnprintf_chk(char *, size_t, int, size_t, const char *, va_list);
int __asprintf_chk(char **, int, const char *, ...);
int __vasprintf_chk(char **, int, const char *, va_list);
int __xpg_strerror_r(int, char *, size_t);
void plain_delete(void *) __asm__("_ZdlPv");
void array_delete(void *) __asm__("_ZdaPv");
void sized_delete(void *, size_t) __asm__("_ZdlPvm");
void sized_array_delete(void *, size_t) __asm__("_ZdaPvm");
void aligned_delete(void *, size_t) __asm__("_ZdlPvSt11align_val_t");
void aligned_array_delete(void *, size_t) __asm__("_ZdaPvSt11align_val_t");
void sized_aligned_delete(void *, size_t, size_t) __asm__("_ZdlPvmSt11align_val_t");
void sized_aligned_array_delete(void *, size_t, size_t) __asm__("_ZdaPvmSt11align_val_t");
void nothrow_delete(void *, void *) __asm__("_ZdlPvRKSt9nothrow_t");
void nothrow_array_delete(void *, void *) __asm__("_ZdaPvRKSt9nothrow_t");
}

// Calls f, which takes a va_list, with what follows the format.
#define THROUGH(params, args, ...)                                                                           \
  static int through_list(int (*f)(__VA_ARGS__, const char *, va_list), params, const char *format, ...) {   \
    va_list ap;                                                                                              \
    va_start(ap, format);                                                                                    \
    const int r = f(args, format, ap);                                                                       \
    va_end(ap);                                                                                              \
    return r;                                                                                                \
  }
#define ALL(...) __VA_ARGS__
THROUGH(FILE *a, a, FILE *)
THROUGH(int a, a, int)
THROUGH(char *a, a, char *)
THROUGH(const char *a, a, const char *)
THROUGH(char **a, a, char **)
THROUGH(ALL(char *a, size_t b), ALL(a, b), char *, size_t)
THROUGH(ALL(FILE *a, int b), ALL(a, b), FILE *, int)
THROUGH(ALL(char **a, int b), ALL(a, b), char **, int)
THROUGH(ALL(char *a, int b, size_t c), ALL(a, b, c), char *, int, size_t)
THROUGH(ALL(char *a, size_t b, int c, size_t d), ALL(a, b, c, d), char *, size_t, int, size_t)
static int through_list(int (*f)(const char *, va_list), const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  const int r = f(format, ap);
  va_end(ap);
  return r;
}

static void ordered() {
  if (how == CLEAN) {
    pthread_mutex_lock(&order_lock);
    pthread_mutex_unlock(&order_lock);
  }
}

static void touch() {
  volatile char *p = buf;
  if (now->kind == WRITES)
    (void)p[0];
  else
    p[0] = p[0];
}

static void *caller(void *p) {
  if (now->kind == ENDS) {
    hidden_wait(&turn, 1);
    ordered();
  }
  now->call();
  if (now->kind == WRITES)
    ordered();
  hidden_add(&turn);
  return p;
}

static void *toucher(void *p) {
  if (now->kind == ENDS) {
    touch();
    ordered();
    hidden_add(&turn);
    return p;
  }
  hidden_wait(&turn, 1);
  volatile char *at = buf;
  if (how == CLEAN && buf == buf_room)
    at[400] = 1;
  if (how == CLEAN && now->kind == READS) {
    (void)at[0];
    return p;
  }
  if (now->kind == WRITES)
    ordered();
  touch();
  return p;
}

static int run(const kase *cases, int count, char **argv) {
  pthread_t a, b;
  now = &cases[atoi(argv[1])];
  how = argv[2][0] == 'c' ? CLEAN : RACY;
  strcpy(buf, "12 abc");
  strcpy(other, "12 abc");
  cd = iconv_open("UTF-16", "UTF-8");
  loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  now_seconds = time(NULL);
  now->init();
  pthread_create(&a, NULL, caller, NULL);
  pthread_create(&b, NULL, toucher, NULL);
  pthread_join(a, NULL);
  pthread_join(b, NULL);
  return 0;
}
