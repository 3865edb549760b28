// Remembers where accesses stood before the optimiser moved and merged them, and finds a place in the source for
// those that lost theirs. Invariant: whatever was compiled from a source file gets a line.
#ifndef REDFLAG_PASS_ORIGINS_H
#define REDFLAG_PASS_ORIGINS_H

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Instructions.h"

namespace redflag {

class Origins {
public:
  // Before optimisation: notes and marks the loads and stores of F.
  void note(llvm::Function &F);
  // After it: where I comes from, null without debug information.
  const llvm::DILocation *find(const llvm::Instruction &I);
  // Removes the marks.
  static void forget(llvm::Function &F);

private:
  struct Origin {
    const llvm::DILocation *Loc;
    const llvm::MDNode *Type; // TBAA: names structure and member, and survives merging
    const void *Object;       // the global variable, null: something else
    bool IsWrite;
  };
  // Calls of inlined functions in the function asked about last.
  using Inlined = llvm::DenseMap<const llvm::DISubprogram *, const llvm::DILocation *>;

  const Inlined &inlinedIn(const llvm::Function &F);
  const llvm::DILocation *inside(const llvm::DILocation *Loc, const llvm::DILocation *Near,
                                 const llvm::Function &F);
  const llvm::DILocation *twin(const llvm::Instruction &I, const llvm::DILocation *Near);
  static Origin describe(const llvm::Instruction &I, const llvm::DILocation *Loc);

  llvm::DenseMap<const llvm::DISubprogram *, llvm::SmallVector<Origin, 0>> Noted;
  const llvm::Function *Current = nullptr;
  Inlined CurrentInlined;
};

// The one of this compilation.
Origins &origins();

} // namespace redflag

#endif
