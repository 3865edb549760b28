// Runs a command and prints CPU seconds, wall seconds, peak KiB and exit status of it. A small process of its
// own, since the kernel counts the parent's memory at the moment of fork as the child's peak.
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec / 1e6; }

int main(int argc, char **argv) {
  struct timespec start, end;
  struct rusage used;
  int status;
  if (argc < 2)
    return 2;
  clock_gettime(CLOCK_MONOTONIC, &start);
  const pid_t pid = fork();
  if (pid == 0) {
    freopen("/dev/null", "w", stdout);
    freopen("/dev/null", "w", stderr);
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  if (wait4(pid, &status, 0, &used) < 0)
    return 2;
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("%.6f %.6f %ld %d\n", seconds(used.ru_utime) + seconds(used.ru_stime),
         (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9, used.ru_maxrss,
         WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}
