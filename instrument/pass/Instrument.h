// The pass that puts checks into a module.
#ifndef REDFLAG_PASS_INSTRUMENT_H
#define REDFLAG_PASS_INSTRUMENT_H

#include "llvm/IR/PassManager.h"

namespace redflag {

struct InstrumentPass : llvm::PassInfoMixin<InstrumentPass> {
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &AM);
  static bool isRequired() { return true; } // also at -O0 and for optnone
};

} // namespace redflag

#endif
