#include "GoLower.h"
#include "llvm/IR/Module.h"

using namespace llvm;
using namespace redflag;

PreservedAnalyses GoLowerPass::run(Module &M, ModuleAnalysisManager &AM) { return PreservedAnalyses::all(); }
