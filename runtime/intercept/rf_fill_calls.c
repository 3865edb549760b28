// Functions that fill a structure or a buffer of their caller, or read one: files, time, names, users.
#include "rf_rows.h"

#include <dirent.h>
#include <grp.h>
#include <netdb.h>
#include <poll.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <wchar.h>

// What a call that returns 0 on success has filled.
#define FILL(name, params, args, before, p, n) ROW(int, name, params, args, before, if (!r) WRITE_IF(p, n))

// ---- Files ----

FILL(stat, (const char *restrict path, struct stat *restrict p), (path, p), READ_STRING(path), p, sizeof *p)
FILL(lstat, (const char *restrict path, struct stat *restrict p), (path, p), READ_STRING(path), p, sizeof *p)
FILL(fstat, (int fd, struct stat *p), (fd, p), NOTHING, p, sizeof *p)
FILL(fstatat, (int fd, const char *restrict path, struct stat *restrict p, int flags), (fd, path, p, flags),
     READ_STRING(path), p, sizeof *p)
FILL(stat64, (const char *restrict path, struct stat64 *restrict p), (path, p), READ_STRING(path), p, sizeof *p)
FILL(lstat64, (const char *restrict path, struct stat64 *restrict p), (path, p), READ_STRING(path), p, sizeof *p)
FILL(fstat64, (int fd, struct stat64 *p), (fd, p), NOTHING, p, sizeof *p)
FILL(fstatat64, (int fd, const char *restrict path, struct stat64 *restrict p, int flags), (fd, path, p, flags),
     READ_STRING(path), p, sizeof *p)
FILL(statvfs, (const char *restrict path, struct statvfs *restrict p), (path, p), READ_STRING(path), p, sizeof *p)
FILL(fstatvfs, (int fd, struct statvfs *p), (fd, p), NOTHING, p, sizeof *p)
ROW(ssize_t, readlink, (const char *restrict path, char *restrict p, size_t n), (path, p, n), READ_STRING(path),
    if (r > 0) WRITE(p, (size_t)r))
ROW(ssize_t, readlinkat, (int fd, const char *restrict path, char *restrict p, size_t n), (fd, path, p, n),
    READ_STRING(path), if (r > 0) WRITE(p, (size_t)r))
ROW(char *, realpath, (const char *restrict path, char *restrict p), (path, p), READ_STRING(path),
    if (r && p) WRITE_STRING(p))
ROW(char *, getcwd, (char *p, size_t n), (p, n), NOTHING, if (r && p) WRITE_STRING(p))
FILL(readdir_r, (DIR * d, struct dirent *restrict p, struct dirent **restrict out), (d, p, out), NOTHING, out,
     sizeof *out)
ROW(int, unlink, (const char *path), (path), READ_STRING(path), NOTHING)
ROW(int, rmdir, (const char *path), (path), READ_STRING(path), NOTHING)
ROW(int, mkdir, (const char *path, mode_t mode), (path, mode), READ_STRING(path), NOTHING)
ROW(int, chdir, (const char *path), (path), READ_STRING(path), NOTHING)
ROW(int, access, (const char *path, int mode), (path, mode), READ_STRING(path), NOTHING)
ROW(int, rename, (const char *a, const char *b), (a, b), READ_STRING(a); READ_STRING(b), NOTHING)
ROW(DIR *, opendir, (const char *path), (path), READ_STRING(path), NOTHING)
ROW(int, mkstemp, (char *path), (path), READ_STRING(path), if (r >= 0) WRITE_STRING(path))
ROW(char *, mkdtemp, (char *path), (path), READ_STRING(path), if (r) WRITE_STRING(path))

// ---- Time ----

ROW(time_t, time, (time_t * p), (p), NOTHING, WRITE_IF(p, sizeof *p))
FILL(gettimeofday, (struct timeval *restrict p, void *restrict zone), (p, zone), NOTHING, p, sizeof *p)
FILL(clock_gettime, (clockid_t clock, struct timespec *p), (clock, p), NOTHING, p, sizeof *p)
FILL(clock_getres, (clockid_t clock, struct timespec *p), (clock, p), NOTHING, p, sizeof *p)
ROW(int, nanosleep, (const struct timespec *t, struct timespec *left), (t, left), READ(t, sizeof *t),
    if (r) WRITE_IF(left, sizeof *left))
ROW(int, clock_nanosleep, (clockid_t clock, int flags, const struct timespec *t, struct timespec *left),
    (clock, flags, t, left), READ(t, sizeof *t), NOTHING)
#define BROKEN_DOWN(name)                                                                                    \
  ROW(struct tm *, name, (const time_t *restrict t, struct tm *restrict p), (t, p), READ(t, sizeof *t),      \
      if (r) WRITE(p, sizeof *p))
BROKEN_DOWN(localtime_r)
BROKEN_DOWN(gmtime_r)
ROW(time_t, mktime, (struct tm * p), (p), READ(p, sizeof *p), WRITE(p, sizeof *p))
ROW(time_t, timegm, (struct tm * p), (p), READ(p, sizeof *p), WRITE(p, sizeof *p))
ROW(char *, ctime_r, (const time_t *restrict t, char *restrict p), (t, p), READ(t, sizeof *t), if (r) WRITE_STRING(p))
ROW(char *, asctime_r, (const struct tm *restrict t, char *restrict p), (t, p), READ(t, sizeof *t),
    if (r) WRITE_STRING(p))
ROW(size_t, strftime, (char *restrict p, size_t n, const char *restrict f, const struct tm *restrict t), (p, n, f, t),
    READ_STRING(f), if (r) WRITE(p, r + 1))
ROW(char *, strptime, (const char *restrict p, const char *restrict f, struct tm *restrict t), (p, f, t),
    READ_STRING(f), if (r) {
      READ(p, (size_t)(r - p));
      WRITE(t, sizeof *t);
    })

// ---- The system, its users, its names ----

ROW(int, gethostname, (char *p, size_t n), (p, n), NOTHING, if (!r) WRITE_STRING(p))
FILL(uname, (struct utsname * p), (p), NOTHING, p, sizeof *p)
FILL(sysinfo, (struct sysinfo * p), (p), NOTHING, p, sizeof *p)
FILL(getrusage, (__rusage_who_t who, struct rusage *p), (who, p), NOTHING, p, sizeof *p)
ROW(clock_t, times, (struct tms * p), (p), NOTHING, if (r != (clock_t)-1) WRITE_IF(p, sizeof *p))
ROW(ssize_t, getrandom, (void *p, size_t n, unsigned flags), (p, n, flags), NOTHING, if (r > 0) WRITE(p, (size_t)r))
FILL(getentropy, (void *p, size_t n), (p, n), NOTHING, p, n)
ROW(int, pthread_getname_np, (pthread_t id, char *p, size_t n), (id, p, n), NOTHING, if (!r) WRITE_STRING(p))
ROW(char *, strerror_r, (int e, char *p, size_t n), (e, p, n), NOTHING, if (r == p && n) WRITE_STRING(p))
ROW(int, __xpg_strerror_r, (int e, char *p, size_t n), (e, p, n), NOTHING, if (!r) WRITE_STRING(p))
#define ENTRY(name, key, key_args, type)                                                                     \
  ROW(int, name, (key, type * p, char *text, size_t n, type **out), (key_args, p, text, n, out), NOTHING,   \
      WRITE(out, sizeof *out); if (!r && *out) WRITE(p, sizeof *p))
ENTRY(getpwnam_r, const char *who, who, struct passwd)
ENTRY(getpwuid_r, uid_t who, who, struct passwd)
ENTRY(getgrnam_r, const char *who, who, struct group)
ENTRY(getgrgid_r, gid_t who, who, struct group)
FILL(getaddrinfo,
     (const char *restrict host, const char *restrict service, const struct addrinfo *restrict hints,
      struct addrinfo **restrict out),
     (host, service, hints, out), READ_IF(hints, sizeof *hints); if (host) READ_STRING(host);
     if (service) READ_STRING(service), out, sizeof *out)
FILL(getnameinfo,
     (const struct sockaddr *restrict a, socklen_t n, char *restrict p, socklen_t pn, char *restrict q, socklen_t qn,
      int flags),
     (a, n, p, pn, q, qn, flags), READ(a, n), pn ? p : NULL, LEN(p) + 1)
ROW(const char *, inet_ntop, (int family, const void *restrict a, char *restrict p, socklen_t n), (family, a, p, n),
    READ(a, family == AF_INET6 ? 16 : 4), if (r) WRITE_STRING(p))
ROW(int, inet_pton, (int family, const char *restrict a, void *restrict p), (family, a, p), READ_STRING(a),
    if (r == 1) WRITE(p, family == AF_INET6 ? 16 : 4))
ROW(pid_t, waitpid, (pid_t pid, int *status, int options), (pid, status, options), NOTHING,
    if (r > 0) WRITE_IF(status, sizeof *status))
ROW(pid_t, wait, (int *status), (status), NOTHING, if (r > 0) WRITE_IF(status, sizeof *status))
ROW(int, pipe, (int *p), (p), NOTHING, if (!r) WRITE(p, 2 * sizeof *p))
ROW(int, pipe2, (int *p, int flags), (p, flags), NOTHING, if (!r) WRITE(p, 2 * sizeof *p))

// ---- Arrays: the callbacks are code of the program's and judged where they stand ----

ROW_VOID(qsort, (void *p, size_t n, size_t size, int (*less)(const void *, const void *)), (p, n, size, less),
         if (n > 1) WRITE(p, n *size), NOTHING)
ROW_VOID(qsort_r, (void *p, size_t n, size_t size, int (*less)(const void *, const void *, void *), void *arg),
         (p, n, size, less, arg), if (n > 1) WRITE(p, n *size), NOTHING)

// ---- Multibyte characters ----

ROW(size_t, mbstowcs, (wchar_t *restrict to, const char *restrict from, size_t n), (to, from, n), NOTHING,
    if (to && r != (size_t)-1) WRITE(to, (r < n ? r + 1 : n) * sizeof *to))
ROW(size_t, wcstombs, (char *restrict to, const wchar_t *restrict from, size_t n), (to, from, n), NOTHING,
    if (to && r != (size_t)-1) WRITE(to, r < n ? r + 1 : n))
RF_INTERCEPT(size_t, iconv,
             (void *cd, char **restrict in, size_t *restrict in_left, char **restrict out, size_t *restrict out_left)) {
  static const struct rf_libsite site = RF_LIBSITE("iconv");
  char *const from = in ? *in : NULL, *const to = out ? *out : NULL;
  const size_t r = real_iconv(cd, in, in_left, out, out_left);
  JUDGE(if (from) {
    READ(from, (size_t)(*in - from));
    WRITE(in, sizeof *in);
  } if (to) {
    WRITE(to, (size_t)(*out - to));
    WRITE(out, sizeof *out);
  })
  return r;
}

// ---- The environment: POSIX lets setenv and its kin race with every reader ----

extern char **environ;
#define READ_ENVIRON READ(&environ, sizeof environ)
#define WRITE_ENVIRON WRITE(&environ, sizeof environ)
ROW(char *, getenv, (const char *name), (name), READ_STRING(name); READ_ENVIRON, NOTHING)
ROW(char *, secure_getenv, (const char *name), (name), READ_STRING(name); READ_ENVIRON, NOTHING)
ROW(int, setenv, (const char *name, const char *value, int replace), (name, value, replace), READ_STRING(name);
    READ_STRING(value); WRITE_ENVIRON, NOTHING)
ROW(int, unsetenv, (const char *name), (name), READ_STRING(name); WRITE_ENVIRON, NOTHING)
ROW(int, putenv, (char *text), (text), READ_STRING(text); WRITE_ENVIRON, NOTHING)
ROW(int, clearenv, (void), (), WRITE_ENVIRON, NOTHING)
