// Names of C++ as the programmer wrote them.
#ifndef RF_TOOL_DEMANGLE_H
#define RF_TOOL_DEMANGLE_H

#include "buffer.h"

// Appends name, demangled where it is mangled, as raw text.
void demangle_add(struct buffer *b, const char *name);

#endif
