// Leaves out checks that another check makes superfluous.
#ifndef REDFLAG_PASS_ELIMINATE_H
#define REDFLAG_PASS_ELIMINATE_H

#include "Access.h"

namespace redflag {

// Removes accesses from Plan.Plain that race if and only if one that stays does: same bytes, at least as
// strong, with nothing between the two that could synchronise.
void eliminate(FunctionPlan &Plan, llvm::Function &F);

} // namespace redflag

#endif
