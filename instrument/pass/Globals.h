// Emits the record by which the runtime knows this translation unit and its variables.
#ifndef REDFLAG_PASS_GLOBALS_H
#define REDFLAG_PASS_GLOBALS_H

#include "Entries.h"
#include "Sites.h"

namespace redflag {

// Also marks the object as instrumented: it has a section "redflag_module" from then on.
void emitModuleRecord(llvm::Module &M, Entries &E, Sites &S);

} // namespace redflag

#endif
