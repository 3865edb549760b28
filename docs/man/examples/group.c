// Some goroutines, two at a time, of which one fails.
// output: failed: No such file or directory
#include <redflag/go.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int measure(void *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return errno;
  fclose(f);
  return 0;
}

int main(void) {
  static char *const paths[] = {"/dev/null", "/dev/zero", "/there/is/no/such/file"};
  go_group g = {0};
  go_group_limit(&g, 2);
  for (int i = 0; i < 3; i++)
    go_group_go(&g, measure, paths[i]);
  int error = go_group_wait(&g);
  if (error)
    printf("failed: %s\n", strerror(error));
}
