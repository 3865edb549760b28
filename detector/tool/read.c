#include "read.h"

#include "buffer.h"
#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES ((size_t)32 << 20)
#define COMPLAINTS_MAX 10 // of one file; the rest is counted

struct input {
  struct reports *into;
  const char *path;
  unsigned long line;
  unsigned long complaints;
  json_t *running; // lines of processes that have not written their end, by number; several may share a log
};

static void complain(struct input *in, const char *what) {
  if (in->complaints++ < COMPLAINTS_MAX)
    say("%s:%lu: %s", in->path, in->line, what);
}

// ---- Lines ----

static bool is_id(const char *s) {
  const size_t n = strspn(s, "0123456789abcdef");
  return n >= 8 && n <= ID_MAX && !s[n];
}

static bool all_objects(const json_t *list) {
  for (size_t i = 0; i < json_array_size(list); i++)
    if (!json_is_object(json_array_get(list, i)))
      return false;
  return json_array_size(list) > 0;
}

// What is wrong with a report, NULL: nothing that anybody relies on.
static const char *report_mistake(const json_t *o, bool race) {
  const json_t *parts = field_list(o, race ? "accesses" : "steps");
  if (!is_id(field_text(o, "id")))
    return "a report needs an \"id\" of 8 to 32 hexadecimal digits";
  if (!*field_text(o, "kind"))
    return "a report needs a \"kind\"";
  if (race && (json_array_size(parts) != 2 || !all_objects(parts)))
    return "a race needs two \"accesses\"";
  if (!race && !all_objects(parts))
    return "a finding needs \"steps\"";
  return NULL;
}

// Across files: of one directory, since other directories may come from other machines.
static void process_name(const struct input *in, const json_t *o, struct buffer *out) {
  const char *slash = strrchr(in->path, '/');
  buffer_add_n(out, in->path, slash ? (size_t)(slash - in->path) : 0);
  buffer_printf(out, "/%lld.%lld", field_number(o, "parent"), field_number(o, "pid"));
}

static void pid_of(const json_t *o, char out[24]) { snprintf(out, 24, "%lld", field_number(o, "pid")); }

static void process_open(struct input *in, const json_t *process) {
  struct buffer name = {0};
  process_name(in, process, &name);
  json_array_append_new(in->into->open,
                        json_pack("[s, I]", buffer_text(&name), (json_int_t)field_number(process, "start_ms")));
  buffer_free(&name);
}

static void take_process(struct input *in, json_t *o) {
  struct buffer name = {0};
  char pid[24];
  const long long start = field_number(o, "start_ms");
  pid_of(o, pid);
  const json_t *former = json_object_get(in->running, pid);
  if (former)
    process_open(in, former);
  process_name(in, o, &name);
  const json_t *before = json_object_get(in->into->last_start, buffer_text(&name));
  if (!before || json_integer_value(before) < start)
    json_object_set_new(in->into->last_start, buffer_text(&name), json_integer(start));
  buffer_free(&name);
  in->into->processes++;
  reports_add_base(in->into, field_text(o, "cwd"));
  json_object_set(in->running, pid, o);
}

// As a process has it, a name, or a merged file, with its directory.
static void take_plain(struct input *in, const json_t *o, const json_t *process) {
  const json_t *plain = field_list(o, "plain");
  for (size_t i = 0; i < json_array_size(plain) && json_object_size(in->into->plain) < PLAIN_MAX; i++) {
    const json_t *element = json_array_get(plain, i);
    const char *name = json_is_string(element) ? json_string_value(element) : field_text(element, "name");
    const char *directory = process ? field_text(process, "cwd") : field_text(element, "directory");
    if (*name && !json_object_get(in->into->plain, name))
      json_object_set_new(in->into->plain, name, json_string(directory));
  }
}

static void take_end(struct input *in, const json_t *o) {
  char pid[24];
  pid_of(o, pid);
  take_plain(in, o, json_object_get(in->running, pid));
  in->into->further += (uint64_t)field_number(o, "further");
  json_object_del(in->running, pid);
}

static void take_merged(struct input *in, const json_t *o) {
  const json_t *bases = field_list(o, "directories");
  in->into->processes += (uint64_t)field_number(o, "processes");
  in->into->unfinished += (uint64_t)field_number(o, "unfinished");
  in->into->further += (uint64_t)field_number(o, "further");
  for (size_t i = 0; i < json_array_size(bases); i++)
    if (json_is_string(json_array_get(bases, i)))
      reports_add_base(in->into, json_string_value(json_array_get(bases, i)));
  take_plain(in, o, NULL);
}

static void take(struct input *in, json_t *o, const char *line) {
  const char *type = field_text(o, "type");
  const bool race = strcmp(type, "race") == 0;
  const json_t *header = field_object(o, "redflag");
  if (in->line == 1 && !header)
    complain(in, "no file of reports begins like this; the first line names the schema");
  if (header && field_number(header, "schema") != SCHEMA) {
    complain(in, "written for another schema than 1; read it with the redflag that wrote it");
    return;
  }
  if (race || strcmp(type, "finding") == 0) {
    const char *mistake = report_mistake(o, race);
    if (mistake)
      complain(in, mistake);
    else
      reports_add(in->into, o, line);
  } else if (strcmp(type, "process") == 0)
    take_process(in, o);
  else if (strcmp(type, "end") == 0)
    take_end(in, o);
  else if (strcmp(type, "merged") == 0)
    take_merged(in, o);
  else
    complain(in, "\"type\" is none of process, race, finding, end, merged");
}

// last: no newline followed.
static void take_line(struct input *in, const char *line, size_t n, bool last) {
  json_error_t error;
  in->line++;
  while (n && (line[n - 1] == '\r' || line[n - 1] == ' '))
    n--;
  if (!n)
    return;
  if (memchr(line, 0, n)) { // the parser would stop there
    complain(in, "not JSON: a NUL byte");
    return;
  }
  json_t *o = json_loadb(line, n, JSON_REJECT_DUPLICATES, &error);
  if (json_is_object(o))
    take(in, o, line);
  else if (last && !o && in->line > 1)
    say("%s:%lu: note: the last line is cut off; the process ended while it was written", in->path, in->line);
  else if (o)
    complain(in, "not a JSON object");
  else {
    struct buffer what = {0};
    buffer_printf(&what, "not JSON: %s at column %d", error.text, error.column);
    complain(in, buffer_text(&what));
    buffer_free(&what);
  }
  json_decref(o);
}

// ---- Files ----

static bool read_lines(struct input *in, FILE *f) {
  char *line = NULL, block[1 << 16];
  size_t len = 0, cap = 0;
  bool skipping = false;
  for (size_t got; (got = fread(block, 1, sizeof block, f)) > 0;)
    for (size_t at = 0; at < got;) {
      const char *newline = memchr(block + at, '\n', got - at);
      const size_t n = (newline ? (size_t)(newline - block) : got) - at;
      if (!skipping && len + n > LINE_MAX_BYTES) {
        in->line++;
        complain(in, "a line of more than 32 MiB");
        skipping = true;
      }
      if (!skipping) {
        if (len + n + 1 > cap)
          line = checked_grow(line, cap = (len + n + 1) * 2);
        memcpy(line + len, block + at, n);
        len += n;
        line[len] = 0;
      }
      at += n + (newline != NULL);
      if (!newline)
        continue;
      if (!skipping)
        take_line(in, line, len, false);
      len = 0;
      skipping = false;
    }
  const bool fine = !ferror(f);
  if (len && !skipping)
    take_line(in, line, len, true);
  free(line);
  return fine;
}

static bool read_file(struct reports *r, const char *path) {
  struct input in = {.into = r, .path = strcmp(path, "-") ? path : "standard input", .running = json_object()};
  const char *pid;
  json_t *process;
  FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
  if (!f) {
    say("%s: cannot be read: %s", path, strerror(errno));
    json_decref(in.running);
    return false;
  }
  const bool whole = read_lines(&in, f);
  if (!whole)
    say("%s: cannot be read: %s", in.path, strerror(errno));
  else if (!in.line) // a process that was killed before its first line
    say("%s: note: the file is empty", in.path);
  if (in.complaints > COMPLAINTS_MAX)
    say("%s: and %lu more lines like this", in.path, in.complaints - COMPLAINTS_MAX);
  json_object_foreach(in.running, pid, process) process_open(&in, process);
  json_decref(in.running);
  if (f != stdin)
    fclose(f);
  return whole && !in.complaints;
}

static int by_name(const FTSENT **a, const FTSENT **b) { return strcmp((*a)->fts_name, (*b)->fts_name); }

static bool is_report_name(const char *name) {
  const size_t n = strlen(name);
  return n > 5 && strcmp(name + n - 5, ".json") == 0;
}

static bool read_below(struct reports *r, const char *path, size_t *files) {
  char *roots[] = {(char *)path, NULL};
  FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
  bool fine = walk != NULL;
  for (FTSENT *e; walk && (e = fts_read(walk));) {
    if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS) {
      say("%s: cannot be read: %s", e->fts_path, strerror(e->fts_errno));
      fine = false;
    }
    if (e->fts_info != FTS_F || !is_report_name(e->fts_name) || !S_ISREG(e->fts_statp->st_mode))
      continue;
    (*files)++;
    fine &= read_file(r, e->fts_path);
  }
  if (walk)
    fts_close(walk);
  return fine;
}

static bool is_directory(const char *path) {
  struct stat s;
  return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

bool read_directory(struct reports *r, const char *path) {
  size_t files = 0;
  return read_below(r, path, &files);
}

bool read_path(struct reports *r, const char *path) {
  size_t files = 0;
  if (!is_directory(path))
    return read_file(r, path);
  const bool fine = read_below(r, path, &files);
  if (!files)
    say("%s: no file *.json in this directory", path);
  return fine && files;
}

void read_done(struct reports *r) {
  for (size_t i = 0; i < json_array_size(r->open); i++) {
    const json_t *pair = json_array_get(r->open, i);
    const json_t *last = json_object_get(r->last_start, json_string_value(json_array_get(pair, 0)));
    const bool replaced = json_integer_value(last) > json_integer_value(json_array_get(pair, 1));
    r->processes -= replaced;
    r->unfinished += !replaced;
  }
  json_array_clear(r->open);
  json_object_clear(r->last_start);
}
