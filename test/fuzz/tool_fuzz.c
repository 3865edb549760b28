// What `redflag report` reads, and every format that it writes of it: no input ends the program or leaves its bounds.
#include "baseline.h"
#include "paths.h"
#include "read.h"
#include "writers.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  struct reports r;
  char path[32];
  const int fd = memfd_create("input", 0);
  if (fd < 0 || write(fd, data, n) != (ssize_t)n)
    return 0;
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  reports_init(&r);
  paths_set_root("/nowhere"); // its sources are not the subject
  read_path(&r, path);
  read_path(&r, path); // merged with itself
  read_done(&r);
  reports_sort(&r);
  for (size_t i = 0; i < r.count; i += 2)
    r.at[i].known = true;
  for (const struct writer *w = writers; w->name; w++) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    w->write(out, &r);
    fclose(out);
    free(text);
  }
  reports_free(&r);
  close(fd);
  return 0;
}
