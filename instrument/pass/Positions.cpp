#include "Positions.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Module.h"

using namespace llvm;
using namespace redflag;

namespace {

// An address as a pointer and a constant distance from it.
struct Place {
  const Value *Base;
  uint64_t Offset;
};

// An access that claims to lie at the start of a granule.
struct Claim {
  const Instruction *I;
  uint64_t Offset;
};

} // namespace

static Place placeOf(const Value *Ptr, const DataLayout &DL) {
  APInt Offset(DL.getIndexTypeSizeInBits(Ptr->getType()), 0);
  const Value *Base = Ptr->stripAndAccumulateConstantOffsets(DL, Offset, /*AllowNonInbounds=*/true);
  return {Base, static_cast<uint64_t>(Offset.getSExtValue())};
}

static bool isOpen(const Access &A) { return A.Alignment.value() < 8 && A.Bytes < 8; }

// Whoever executes From gets to To, which lies behind it in its block.
static bool leadsTo(const Instruction *From, const Instruction *To) {
  for (; From != To; From = From->getNextNode())
    if (!isGuaranteedToTransferExecutionToSuccessor(From))
      return false;
  return true;
}

static bool isExecutedWith(const Instruction *Claim, const Instruction *I, const DominatorTree &DT) {
  if (Claim->getParent() != I->getParent())
    return DT.dominates(Claim, I);
  return Claim->comesBefore(I) || leadsTo(I, Claim);
}

void redflag::learnPositions(FunctionPlan &Plan, Function &F, const DominatorTree &DT) {
  const DataLayout &DL = F.getParent()->getDataLayout();
  DenseMap<const Value *, SmallVector<Claim, 4>> Claims;
  for (const Access &A : Plan.Plain)
    if (isOpen(A))
      Claims.try_emplace(placeOf(A.Ptr, DL).Base);
  if (Claims.empty())
    return;
  for (BasicBlock &BB : F)
    for (Instruction &I : BB) {
      const Value *Ptr = getLoadStorePointerOperand(&I);
      if (!Ptr || getLoadStoreAlignment(&I).value() < 8)
        continue;
      const Place P = placeOf(Ptr, DL);
      if (auto Found = Claims.find(P.Base); Found != Claims.end())
        Found->second.push_back({&I, P.Offset});
    }
  for (Access &A : Plan.Plain) {
    if (!isOpen(A))
      continue;
    const Place P = placeOf(A.Ptr, DL);
    for (const Claim &C : Claims[P.Base])
      if (isExecutedWith(C.I, A.I, DT)) {
        A.Low = (P.Offset - C.Offset) % 8;
        break;
      }
  }
}
