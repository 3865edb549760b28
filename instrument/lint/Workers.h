// Units are linted by processes, so that one that brings clang down takes nothing with it.
#ifndef REDFLAG_LINT_WORKERS_H
#define REDFLAG_LINT_WORKERS_H

#include "Unit.h"

namespace redflag::lint {

// Runs Jobs processes over the commands. Calls Line with each line that they have written, one unit after the
// other in no certain order.
void lintAll(const std::vector<Command> &Commands, const Settings &S, unsigned Jobs,
             llvm::function_ref<void(llvm::StringRef)> Line);

} // namespace redflag::lint

#endif
