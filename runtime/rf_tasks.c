#include "rf_tasks.h"

#include "rf_sys.h"
#include "rf_text.h"

#include <fcntl.h>

// The letter after the command's name, which may itself hold parentheses.
static char state_of(const char *tid) {
  char path[64], stat[256];
  struct rf_text t = {path, 0, sizeof path};
  rf_text_add(&t, "/proc/self/task/");
  rf_text_add(&t, tid);
  rf_text_add(&t, "/stat");
  const long fd = rf_sys_open(path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0)
    return 0;
  const long n = rf_sys_read((int)fd, stat, sizeof stat);
  rf_sys_close((int)fd);
  for (long i = n - 3; i > 0; i--)
    if (stat[i] == ')')
      return stat[i + 2];
  return 0;
}

struct entry { // linux_dirent64
  uint64_t ino, off;
  uint16_t len;
  uint8_t type;
  char name[];
};

static uint64_t number_of(const char *s) {
  uint64_t n = 0;
  for (; *s >= '0' && *s <= '9'; s++)
    n = 10 * n + (uint64_t)(*s - '0');
  return n;
}

bool rf_tasks_sleep(uint32_t *count) {
  _Alignas(8) char buffer[2048];
  const uint64_t me = (uint64_t)rf_sys_gettid();
  const long fd = rf_sys_open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  bool sleep = fd >= 0;
  *count = 0;
  if (fd < 0)
    return false;
  for (long got; (got = rf_sys(SYS_getdents64, fd, (long)buffer, sizeof buffer, 0, 0, 0)) > 0;)
    for (long at = 0; at < got;) {
      const struct entry *e = (const struct entry *)(buffer + at);
      at += e->len;
      if (e->name[0] == '.')
        continue;
      ++*count;
      if (number_of(e->name) != me && state_of(e->name) != 'S')
        sleep = false;
    }
  rf_sys_close((int)fd);
  return sleep;
}
