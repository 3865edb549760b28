// Where in its granule an access lies, as other accesses tell.
#ifndef REDFLAG_PASS_POSITIONS_H
#define REDFLAG_PASS_POSITIONS_H

#include "Access.h"
#include "llvm/IR/Dominators.h"

namespace redflag {

// Sets Low of accesses whose own alignment leaves it open. What an access claims of its address holds from then on for
// whatever is computed from the same pointer: a member at offset 4 lies in the middle of a granule if the function has
// accessed a pointer or a double in the same structure.
void learnPositions(FunctionPlan &Plan, llvm::Function &F, const llvm::DominatorTree &DT);

} // namespace redflag

#endif
