// What a run's reports name as built without checks: objects and libraries, audited, and what of them matters
// for the program.
#ifndef RF_TOOL_AUDIT_PLAIN_H
#define RF_TOOL_AUDIT_PLAIN_H

#include "audit.h"
#include "buffer.h"

#include <jansson.h>

enum plain_weight {
  PLAIN_MATTERS,  // it synchronises in a way that the detector does not see: reports may be false
  PLAIN_UNSEEN,   // it touches memory: races in it are missed
  PLAIN_HARMLESS, // neither
  PLAIN_MISSING,  // not found, or unreadable
};

struct plain_row {
  const char *name; // as the report has it
  enum plain_weight weight;
  uint32_t called, touching,
      strange;       // functions: that the program calls, that touch memory, that synchronise by hand
  bool seen, linked; // linked: into the program itself
};

struct audit_plain {
  struct plain_row *rows;
  size_t count;
  struct plain_row *present; // that is being audited, NULL: a file of the command line
  json_t *needs;             // functions that the program takes from others, by name
};

// Takes in a module: of the program, or of what is being audited for the reports.
void plain_take(struct audit_plain *p, const struct audit_module *m);
// Audits all that the reports at path name. False: something could not be read, which has been told.
bool plain_audit(struct audit_plain *p, const char *path, const struct audit_visitor *v);
void plain_free(struct audit_plain *p);
const char *plain_weight_name(enum plain_weight weight);
void plain_reason(struct buffer *b, const struct plain_row *row); // raw text

#endif
