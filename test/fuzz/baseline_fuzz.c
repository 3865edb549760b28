// Baselines: read, or refused with one line.
#include "baseline.h"
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  struct baseline b;
  struct buffer mistake = {0};
  char path[32];
  const int fd = memfd_create("input", 0);
  if (fd < 0 || write(fd, data, n) != (ssize_t)n)
    return 0;
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  const bool read = baseline_parse(&b, path, false, &mistake);
  FUZZ_CHECK(read == !mistake.len);
  FUZZ_CHECK(read || (strncmp(mistake.at, path, strlen(path)) == 0 && !strchr(mistake.at, '\n')));
  baseline_free(&b);
  buffer_free(&mistake);
  close(fd);
  return 0;
}
