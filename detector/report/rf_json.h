// Reports as JSON Lines: one object on one line, for tools. docs/schema/redflag-report-1.json is the schema.
// Invariant: a line is complete JSON in valid UTF-8 whatever the program's names hold; what does not fit is
// left out of it, and told by the fields that count it.
#ifndef RF_JSON_H
#define RF_JSON_H

#include "rf_finding.h"
#include "rf_model.h"
#include "rf_text.h"

#define RF_JSON_SCHEMA 1
#define RF_JSON_LINE_BYTES ((size_t)1 << 20) // enough for every line

struct rf_json_process {
  long pid, parent;
  uint64_t start_ms;    // since 1970
  const char *cwd;      // "" unknown
  const char *command;  // arguments, each ended by NUL
  size_t command_bytes; // of all of them
};

struct rf_json_env {
  long pid;
  uint64_t time_ms; // since 1970
  const char *text; // the same report as rf_render.h has it, without colour
};

struct rf_json_suppression {
  const char *kind, *pattern;
  uint32_t line; // of the file
  uint64_t used;
};

// Of the detector's own memory, in bytes.
struct rf_json_ceiling {
  uint64_t limit; // 0: none
  uint64_t taken, reached; // reached: how often
  uint64_t forgotten; // memory of the program, accesses to which were given up
};

struct rf_json_end {
  long pid;
  uint64_t time_ms;
  uint64_t races, findings, further, not_shown;
  uint64_t threads, lookups, record_bytes;
  struct rf_json_ceiling ceiling;
  const struct rf_json_suppression *suppression; // of at(i) for i < suppressions
  uint32_t suppressions;
  // Calls add once for each module without checks.
  void (*plain)(void (*add)(const char *name, void *arg), void *arg);
};

// Each appends one line with its newline to out, which has room for RF_JSON_LINE_BYTES.
void rf_json_process(struct rf_text *out, const struct rf_json_process *p);
void rf_json_race(struct rf_text *out, const struct rf_model *m, const struct rf_json_env *env);
void rf_json_finding(struct rf_text *out, const struct rf_finding_model *m, const struct rf_json_env *env);
void rf_json_end(struct rf_text *out, const struct rf_json_end *e);

// Appends s in quotes, at most max bytes of it. What is no UTF-8 becomes U+FFFD.
void rf_json_string(struct rf_text *out, const char *s, size_t max);

#endif
