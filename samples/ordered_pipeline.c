// A pipeline that reads lines, transforms them in parallel and writes them in their order.
// verdict: clean
// output: 1: enO
// output: 2: owt, owt
// output: 3: eerht, eerht, eerht
// output: 4: ruof
// output: 5: evif fo tuo evif
//
// Usage: ordered_pipeline [FILE]. Each line is a job with a channel of its own for its result. The reader hands jobs to
// the workers, who may finish in any order, and to the writer, who waits for each in turn.
#include <redflag/go.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS 4
#define LINE 1000
#define AHEAD 16 // lines that may be read before the first of them is written

struct job {
  char *line;
  chan(char *) result;
};

static void read_lines(FILE *from, chan(struct job) work, chan(struct job) order) {
  static char line[LINE];
  while (fgets(line, sizeof line, from)) {
    line[strcspn(line, "\n")] = 0;
#ifdef ONE_BUFFER
    struct job job = {line, go_make(char *, 1)};
#else
    struct job job = {strdup(line), go_make(char *, 1)}; // the next line comes to the same place
#endif
    go_send(order, job);
    go_send(work, job);
  }
  go_close(work);
  go_close(order);
}

static void reverse(char *from, char *to) {
  for (; from < --to; from++) {
    char c = *from;
    *from = *to;
    *to = c;
  }
}

// Reverses the letters of each word.
static char *transform(const char *line) {
  char *text = malloc(LINE);
  snprintf(text, LINE, "%s", line);
  char *at = text;
  while (*at) {
    size_t word = strcspn(at, " ,");
    reverse(at, at + word);
    at += word;
    at += strspn(at, " ,");
  }
  return text;
}

static void work_on(chan(struct job) work) {
  go_range(job, work)
    go_send(job.result, transform(job.line));
}

static void write_lines(chan(struct job) order) {
  int number = 0;
  go_range(job, order) {
    char *text = go_recv(job.result);
    printf("%d: %s\n", ++number, text);
    free(text);
    go_free(job.result);
#ifndef ONE_BUFFER
    free(job.line);
#endif
  }
}

int main(int argc, char **argv) {
  static char text[] = "One\ntwo, two\nthree, three, three\nfour\nfive of out five\n";
  FILE *from = argc > 1 ? fopen(argv[1], "r") : fmemopen(text, strlen(text), "r");
  if (!from) {
    perror(argv[1]);
    return 1;
  }
  chan(struct job) work = go_make(struct job, 0), order = go_make(struct job, AHEAD);
  go read_lines(from, work, order);
  for (int i = 0; i < WORKERS; i++)
    go work_on(work);
  write_lines(order);
  fclose(from);
}
