// Decides how each check of a function is made: inline or by a call, and from where it takes the thread's state.
#ifndef REDFLAG_PASS_PLACEMENT_H
#define REDFLAG_PASS_PLACEMENT_H

#include "Access.h"
#include "Entries.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Analysis/LoopInfo.h"

namespace redflag {

// tls.mask, tls.base and tls.cur in registers. Between two calls the first two do not change; the third may in a
// slow path, but a cell that holds the old value was written at the same clock.
struct TlsState {
  llvm::Value *Mask = nullptr, *Base = nullptr, *Cur = nullptr;
};

class Placement {
public:
  // LI: null when nothing in F is worth an inline check. May insert loads of the state into F.
  Placement(Entries &E, const FunctionPlan &Plan, llvm::Function &F, llvm::LoopInfo *LI,
            llvm::DominatorTree *DT);

  // A call is a third of the size of an inline check, and a little slower when it finds nothing new.
  bool isInline(const llvm::Instruction *I) const { return Inline.contains(I); }
  // Null: load it for this check.
  const TlsState *state(const llvm::Instruction *I) const;

  // Whether F is to be small or hardly ever runs.
  static bool wantsCalls(const llvm::Function &F);
  static TlsState load(llvm::IRBuilderBase &B, Entries &E);
  // The block in front of L, made if there is none; null when an indirect jump leads to L.
  static llvm::BasicBlock *inFront(llvm::Loop &L, llvm::LoopInfo &LI, llvm::DominatorTree &DT);

private:
  void shareIn(llvm::BasicBlock &BB);
  void shareInLoops(llvm::LoopInfo &LI, llvm::DominatorTree &DT);
  llvm::Loop *quietLoop(llvm::Loop *L);

  Entries &E;
  llvm::SmallSetVector<const llvm::Instruction *, 32> Inline; // in program order
  llvm::DenseMap<const llvm::Instruction *, unsigned> StateOf;
  llvm::SmallVector<TlsState, 4> States;
  llvm::DenseMap<const llvm::Loop *, bool> Quiet; // loops that cannot synchronise
};

} // namespace redflag

#endif
