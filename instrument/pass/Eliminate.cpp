// Redundant checks. The argument: between two points of a function with no call, atomic operation or fence in
// between, the thread's clock does not move. An access to the same bytes that is at least as strong, made on
// every path to or from the other in such a region, races with all that the other races with.
#include "Eliminate.h"
#include "Options.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;
using namespace redflag;

namespace {

// The bytes [Offset, Offset + Bytes) from Base on.
struct Bytes {
  const Value *Base;
  int64_t Offset;
  uint64_t Size;
  bool IsWrite;

  // A check of this one leaves nothing to check for Other.
  bool covers(const Bytes &Other) const {
    return Base == Other.Base && (IsWrite || !Other.IsWrite) && Offset <= Other.Offset &&
           Offset + int64_t(Size) >= Other.Offset + int64_t(Other.Size);
  }
};

using Checked = SmallVector<Bytes, 16>;

class Eliminator {
public:
  Eliminator(FunctionPlan &Plan, Function &F) : Plan(Plan), F(F) {}
  void run();

private:
  void foldReadsIntoWrites(BasicBlock &BB);
  void dropCovered(BasicBlock &BB);
  Checked inherited(BasicBlock &BB) const;
  const Bytes *access(const Instruction *I) const;
  bool isRedundant(const Instruction *I) const { return Redundant.contains(I); }

  FunctionPlan &Plan;
  Function &F;
  DenseMap<const Instruction *, Bytes> Accesses;
  SmallPtrSet<const Instruction *, 32> Redundant;
  DenseMap<const BasicBlock *, Checked> AtEnd;
};

} // namespace

static Bytes bytesOf(const Access &A) {
  const DataLayout &DL = A.I->getDataLayout();
  APInt Offset(DL.getIndexTypeSizeInBits(A.Ptr->getType()), 0);
  const Value *Base = A.Ptr->stripAndAccumulateConstantOffsets(DL, Offset, /*AllowNonInbounds=*/true);
  return {Base, Offset.getSExtValue(), A.Bytes, A.IsWrite};
}

const Bytes *Eliminator::access(const Instruction *I) const {
  auto It = Accesses.find(I);
  return It == Accesses.end() ? nullptr : &It->second;
}

static bool isCovered(const Checked &Have, const Bytes &B) {
  return any_of(Have, [&](const Bytes &H) { return H.covers(B); });
}

// A read that a write of the same bytes follows in its block: the write races with everything the read races
// with.
void Eliminator::foldReadsIntoWrites(BasicBlock &BB) {
  Checked Later;
  for (Instruction &I : reverse(BB)) {
    if (maySynchronise(I))
      Later.clear();
    const Bytes *B = access(&I);
    if (!B)
      continue;
    if (!B->IsWrite && isCovered(Later, *B))
      Redundant.insert(&I);
    else if (B->IsWrite)
      Later.push_back(*B);
  }
}

// Longer lists would make compilation quadratic.
static constexpr size_t MostInherited = 128;

// What is checked on every path into BB. A predecessor that has not been seen yet (the end of a loop) promises
// nothing.
Checked Eliminator::inherited(BasicBlock &BB) const {
  if (BB.isEHPad() || (!OptEliminateJoin && !BB.getSinglePredecessor()))
    return {};
  Checked All;
  bool First = true;
  for (const BasicBlock *Pred : predecessors(&BB)) {
    auto It = AtEnd.find(Pred);
    if (It == AtEnd.end() || It->second.size() > MostInherited)
      return {};
    if (First)
      All = It->second;
    else
      erase_if(All, [&](const Bytes &B) { return !isCovered(It->second, B); });
    First = false;
  }
  return All;
}

void Eliminator::dropCovered(BasicBlock &BB) {
  Checked Have = inherited(BB);
  for (Instruction &I : BB) {
    if (maySynchronise(I))
      Have.clear();
    const Bytes *B = access(&I);
    if (!B)
      continue;
    if (isCovered(Have, *B))
      Redundant.insert(&I);
    else
      // A read that was folded into a later write counts from here on: the write comes before anything else
      // can.
      Have.push_back(*B);
  }
  AtEnd[&BB] = std::move(Have);
}

void Eliminator::run() {
  for (const Access &A : Plan.Plain)
    Accesses.try_emplace(A.I, bytesOf(A));
  for (BasicBlock &BB : F)
    foldReadsIntoWrites(BB);
  // Predecessors first, so that a block finds what they left.
  for (BasicBlock *BB : ReversePostOrderTraversal<Function *>(&F))
    dropCovered(*BB);
  erase_if(Plan.Plain, [&](const Access &A) { return isRedundant(A.I); });
}

void redflag::eliminate(FunctionPlan &Plan, Function &F) {
  Eliminator(Plan, F).run();
}
