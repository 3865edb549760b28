// Reports as the tool has them in memory: one per id, however many processes and runs wrote it.
// Invariant: index maps each id to its place in at; memory is bounded by the number of distinct ids, not by the
// size of what was read.
#ifndef RF_TOOL_MODEL_H
#define RF_TOOL_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define SCHEMA 1
#define ID_MAX 32
#define BASES_MAX 64
#define PLAIN_MAX 10000

struct report {
  char id[ID_MAX + 1];
  char *kind;            // "data race"
  char *file, *function; // where it was found, "" unknown
  long line, column;     // 0 unknown
  bool is_race;
  char *json;              // the object, as it was written first
  uint64_t count;          // how often it was written
  uint32_t runs, last_run; // in how many runs, and in which last; the first is 1
  bool known;              // a baseline has it
};

struct reports {
  struct report *at;
  size_t count, cap;
  json_t *index;
  uint64_t processes;    // that were checked
  uint64_t unfinished;   // of these, which left no end: killed, or still running
  uint64_t further;      // repetitions that were counted only
  uint32_t run;          // the present run
  char *base[BASES_MAX]; // working directories of the processes
  size_t bases;
  json_t *last_start; // of each process that was seen, by name: milliseconds
  json_t *lint;       // findings of lint: {check, file, line} and the function
  json_t *plain;      // what processes had without checks, by name: the working directory of one of them
  json_t *open;       // [name, start] of each process that has not written its end
};

void reports_init(struct reports *r);
void reports_free(struct reports *r);
// Takes in one report, an object whose shape was checked; line is its text.
void reports_add(struct reports *r, const json_t *object, const char *line);
struct report *reports_find(const struct reports *r, const char *id);
// By place, function, kind and id, so that output does not depend on the order of files.
void reports_sort(struct reports *r);
// Drops those for which keep is false.
void reports_keep(struct reports *r, bool (*keep)(const struct report *, const void *), const void *arg);
void reports_add_base(struct reports *r, const char *directory);
// The report as an object, a new reference.
json_t *report_parse(const struct report *p);

// Fields of objects of any shape: "" / 0 / false / NULL where there is none of that type.
const char *field_text(const json_t *o, const char *name);
long long field_number(const json_t *o, const char *name);
bool field_flag(const json_t *o, const char *name);
const json_t *field_object(const json_t *o, const char *name);
const json_t *field_list(const json_t *o, const char *name);
uint64_t field_hex(const json_t *o, const char *name);

// The innermost frame with a line, NULL: none.
const json_t *stack_place(const json_t *stack);
// That of the report itself: of the first access or step.
const json_t *report_stack(const json_t *object);

#endif
