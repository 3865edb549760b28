// Locks of files, keyed by the file: an unlock (closing is one) -> every later lock.
// Locks of open file descriptions (flock, F_OFD_*) exclude threads of one process. Traditional ones
// (F_SETLK, lockf) belong to the process as a whole, so that every thread always gets them: they order nothing.
#include "rf_object.h"
#include "rf_sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/stat.h>

static uintptr_t object_of(int fd) {
  struct stat st;
  return rf_sys(SYS_fstat, fd, (long)&st, 0, 0, 0, 0) ? 0 : rf_object(RF_OBJECT_FILE, st.st_ino + 31 * st.st_dev);
}

static void lock_given(int fd) {
  const uintptr_t object = rf_stands_aside() ? 0 : object_of(fd);
  if (object)
    rf_give(object);
}

static void lock_taken(int fd) {
  const uintptr_t object = rf_stands_aside() ? 0 : object_of(fd);
  if (object)
    rf_take(object);
}

void rf_file_lock_closing(int fd) { lock_given(fd); }

// A shared lock in place of an exclusive one lets others in as well.
RF_INTERCEPT(int, flock, (int fd, int operation)) {
  if (operation & (LOCK_UN | LOCK_SH))
    lock_given(fd);
  const int r = real_flock(fd, operation);
  if (!r && !(operation & LOCK_UN))
    lock_taken(fd);
  return r;
}

static bool locks(int command) { return command == F_OFD_SETLK || command == F_OFD_SETLKW; }

// Every command has at most one argument, an int or a pointer; both fill one register, and reading one
// that was not given does no harm.
#define FCNTL(name)                                                                                          \
  RF_INTERCEPT(int, name, (int fd, int command, ...)) {                                                      \
    va_list ap;                                                                                              \
    va_start(ap, command);                                                                                   \
    const long arg = va_arg(ap, long);                                                                       \
    va_end(ap);                                                                                              \
    if (!real_##name)                                                                                        \
      RF_READY();                                                                                            \
    const bool lock = locks(command);                                                                        \
    const short type = lock ? ((const struct flock *)arg)->l_type : F_UNLCK;                                 \
    if (lock && type != F_WRLCK)                                                                             \
      lock_given(fd);                                                                                        \
    const int r = real_##name(fd, command, arg);                                                             \
    if (r >= 0 && lock && type != F_UNLCK)                                                                   \
      lock_taken(fd);                                                                                        \
    if (r >= 0 && (command == F_DUPFD || command == F_DUPFD_CLOEXEC))                                        \
      rf_fd_copied(fd, r);                                                                                   \
    return r;                                                                                                \
  }
FCNTL(fcntl)
FCNTL(fcntl64)
