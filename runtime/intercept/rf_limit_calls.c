// Limits that the program sets itself at run time. What the runtime has mapped counts for the kernel: it is added to
// what the program asks for, and what the program is told is what it asked for. So it meets its limit where it would
// without the detector.
#include "rf_limit.h"

#include "rf_lock.h"
#include "rf_rows.h"
#include "rf_sys.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>

static struct limit {
  int resource;
  bool set;               // by the program
  struct rlimit64 wanted; // by the program
} limits[] = {{.resource = RLIMIT_AS}, {.resource = RLIMIT_DATA}}; // guarded by lock, like own_bytes
static uint64_t own_bytes;
static struct rf_lock lock;

static long kernel_limit(const struct limit *l, const struct rlimit64 *new, struct rlimit64 *old) {
  return rf_sys(SYS_prlimit64, 0, l->resource, (long)new, (long)old, 0, 0);
}

static rlim64_t plus(rlim64_t limit, uint64_t more) { return limit + more < limit ? RLIM64_INFINITY : limit + more; }
static rlim64_t at_most(rlim64_t a, rlim64_t b) { return a < b ? a : b; }

// Who may not raise the hard limit again needs room for what will be mapped later.
#define ROOM (UINT64_C(1) << 42)

static long apply(const struct limit *l, const struct rlimit64 *wanted) {
  struct rlimit64 mine = {plus(wanted->rlim_cur, own_bytes), plus(wanted->rlim_max, own_bytes + ROOM)}, now;
  long r = kernel_limit(l, &mine, NULL);
  if (r != -EPERM || (r = kernel_limit(l, NULL, &now)) < 0)
    return r;
  mine.rlim_max = at_most(mine.rlim_max, now.rlim_max);
  mine.rlim_cur = at_most(mine.rlim_cur, now.rlim_max);
  return kernel_limit(l, &mine, NULL);
}

static void own(uint64_t bytes) {
  rf_lock_enter(&lock);
  own_bytes += bytes;
  for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++)
    if (limits[i].set)
      apply(&limits[i], &limits[i].wanted);
  rf_lock_leave(&lock);
}

void rf_limit_mapping(uint64_t bytes) { own(bytes); }
void rf_limit_unmapped(uint64_t bytes) { own(-bytes); }

void rf_limit_calls_after_fork(void) { atomic_store_explicit(&lock.held, 0, memory_order_relaxed); }

static struct limit *limit_of(int resource) {
  for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++)
    if (limits[i].resource == resource)
      return &limits[i];
  return NULL;
}

// Returns an error, negative as the kernel's.
static long change(struct limit *l, const struct rlimit64 *new, struct rlimit64 *old) {
  long r = l->set ? 0 : kernel_limit(l, NULL, old);
  if (l->set)
    *old = l->wanted;
  if (r || !new)
    return r;
  r = new->rlim_cur > new->rlim_max ? -EINVAL : apply(l, new);
  if (r)
    return r;
  l->set = true;
  l->wanted = *new;
  return 0;
}

// The program's memory is read and written outside, where a bad address is the program's own fault.
static int changed(struct limit *l, const struct rlimit64 *new, struct rlimit64 *old) {
  const struct rlimit64 wanted = new ? *new : (struct rlimit64){0, 0};
  struct rlimit64 before;
  struct rf_self *s = rf_enter();
  rf_lock_enter(&lock);
  const long r = change(l, new ? &wanted : NULL, &before);
  rf_lock_leave(&lock);
  rf_leave(s);
  if (r) {
    errno = (int)-r;
    return -1;
  }
  if (old)
    *old = before;
  return 0;
}

// struct rlimit is the same as struct rlimit64 here.
#define CALL(name, params, mine, real, new, old)                                                             \
  RF_INTERCEPT(int, name, params) {                                                                          \
    static const struct rf_libsite site = RF_LIBSITE(#name);                                                 \
    RF_READY();                                                                                              \
    JUDGE(READ_IF(new, sizeof *new))                                                                         \
    struct limit *l = mine ? limit_of((int)resource) : NULL;                                                 \
    const int r = l ? changed(l, (const struct rlimit64 *)new, (struct rlimit64 *)old) : real_##name real;   \
    JUDGE(if (!r) WRITE_IF(old, sizeof *old))                                                                \
    return r;                                                                                                \
  }
#define NONE ((struct rlimit64 *)NULL)
#define SET(name, type)                                                                                      \
  CALL(name, (__rlimit_resource_t resource, const struct type *new), new, (resource, new), new, NONE)
#define GET(name, type)                                                                                      \
  CALL(name, (__rlimit_resource_t resource, struct type *old), old, (resource, old), NONE, old)
#define BOTH(name, type)                                                                                     \
  CALL(name, (pid_t pid, enum __rlimit_resource resource, const struct type *new, struct type *old),         \
       pid == 0 || pid == rf_sys_getpid(), (pid, resource, new, old), new, old)
SET(setrlimit, rlimit)
SET(setrlimit64, rlimit64)
GET(getrlimit, rlimit)
GET(getrlimit64, rlimit64)
BOTH(prlimit, rlimit)
BOTH(prlimit64, rlimit64)

// To lock all memory would touch all of the shadow, or fail where the program alone would not. What is locked as it
// is touched serves as well.
RF_INTERCEPT(int, mlockall, (int flags)) {
  RF_READY();
  const int error = errno;
  const int r = real_mlockall(flags & (MCL_CURRENT | MCL_FUTURE) ? flags | MCL_ONFAULT : flags);
  if (r == 0 || errno != ENOMEM)
    return r;
  errno = error; // the limit on locked memory is below the size of the shadow: nothing is locked
  return 0;
}
