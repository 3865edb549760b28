// One check of a range instead of many: in front of a loop for what all its turns access, and for what unrolling left.
#ifndef REDFLAG_PASS_RANGES_H
#define REDFLAG_PASS_RANGES_H

#include "Access.h"
#include "Check.h"
#include "Sites.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/Dominators.h"

namespace redflag {

struct RangeAnalyses {
  llvm::LoopInfo &LI;
  llvm::ScalarEvolution &SE;
  llvm::DominatorTree &DT;
  llvm::TargetTransformInfo &TTI;
};

// Emits checks of ranges for accesses that leave no gap between them, and takes those out of the plan.
void mergeChecks(FunctionPlan &Plan, const RangeAnalyses &A, Check &C, Sites &S);

} // namespace redflag

#endif
