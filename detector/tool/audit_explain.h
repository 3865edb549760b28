// The code of one function with what the audit thinks of each instruction.
#ifndef RF_TOOL_AUDIT_EXPLAIN_H
#define RF_TOOL_AUDIT_EXPLAIN_H

#include "audit_words.h"

// Prints each function of m with this name (as symbol or demangled, with or without its parameters) or at this
// address (0x...). Returns how many there were.
uint32_t audit_explain(FILE *out, const struct audit_module *m, const char *name);

#endif
