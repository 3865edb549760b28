// What the formats of an audit have in common.
#ifndef RF_TOOL_AUDIT_WORDS_H
#define RF_TOOL_AUDIT_WORDS_H

#include "audit.h"
#include "buffer.h"

#include <stdio.h>

enum show { SHOW_SUMMARY, SHOW_CHECKED, SHOW_UNCHECKED, SHOW_SYNC, SHOW_ALL };

struct totals {
  uint64_t modules, judged, good, unknown;
  uint64_t strange; // functions that synchronise by hand and that nobody knows
};

struct audit_plain;

struct audit_out {
  FILE *file;
  const struct audit_plain *plain; // at the end: what reports named; NULL before
  enum show show;
  struct totals totals;
};

// How an audit is written: begin, each module in turn, end.
struct audit_format {
  const char *name;
  void (*begin)(struct audit_out *o);
  void (*module)(struct audit_out *o, const struct audit_module *m);
  void (*end)(struct audit_out *o);
};

extern const struct audit_format audit_text, audit_json, audit_sarif;

// All raw text, which the reader still has to escape.
void words_module(struct buffer *b, const struct audit_module *m); // path(member)
void words_function(struct buffer *b, const struct audit_module *m, const struct audit_function *f);
// As a disassembler shows it: of objects, the offset in the section.
uint64_t words_address(const struct audit_module *m, uint64_t address);
const char *words_kind(const struct audit_module *m); // program, library, object
const char *words_arch(const struct audit_module *m);
// Whether the detector knows what the function's hand-made synchronisation does.
bool words_known(const struct audit_module *m, const struct audit_function *f);
// Why it is there: inline assembly, code without checks, intercepted.
const char *words_origin(const struct audit_module *m, const struct audit_function *f);
bool words_wants(enum show show, const struct audit_function *f);
double words_percent(uint64_t part, uint64_t whole); // 100 of nothing
// A place in the source that one of the function's sites names. False: none.
bool words_place(const struct audit_module *m, const struct audit_function *f, struct site *out);

#endif
