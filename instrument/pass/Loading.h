// The order that loading a library makes. dlopen() itself cannot be replaced: it looks at its caller's address to
// find the caller's search path. So the edge is made by the compiled code at both of its ends.
#ifndef REDFLAG_PASS_LOADING_H
#define REDFLAG_PASS_LOADING_H

#include "Entries.h"

namespace redflag {

// What the module's constructors did happens before the return of every later dlopen(), whoever made them run.
void orderLoading(llvm::Module &M, Entries &E);

} // namespace redflag

#endif
