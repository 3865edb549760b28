// The pass that runs before the optimiser, so that what it leaves can be instrumented rightly.
#ifndef REDFLAG_PASS_PREPARE_H
#define REDFLAG_PASS_PREPARE_H

#include "llvm/IR/PassManager.h"

namespace redflag {

// Forbids the optimiser to invent accesses, and notes where accesses stand.
struct PreparePass : llvm::PassInfoMixin<PreparePass> {
  explicit PreparePass(bool Optimises) : Optimises(Optimises) {}
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &AM);
  static bool isRequired() { return true; }

  bool Optimises;
};

} // namespace redflag

#endif
