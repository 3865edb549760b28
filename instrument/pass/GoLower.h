// Lowers `go f(x);`, which arrives as a call between two markers, to a call of __rf_go_spawn.
#ifndef REDFLAG_PASS_GOLOWER_H
#define REDFLAG_PASS_GOLOWER_H

#include "llvm/IR/PassManager.h"

namespace redflag {

struct GoLowerPass : llvm::PassInfoMixin<GoLowerPass> {
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &AM);
  static bool isRequired() { return true; } // also at -O0 and for optnone
};

} // namespace redflag

#endif
