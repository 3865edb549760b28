#include "Prepare.h"
#include "Options.h"
#include "Origins.h"
#include "Skip.h"
#include "llvm/IR/Module.h"

using namespace llvm;
using namespace redflag;

// A load that is executed although the source does not reach it races with nothing, but its check would report
// it. LLVM speculates no loads in functions with this attribute. It also keeps functions that are not to be
// instrumented out of those that are. Without a meaning of its own later, it goes away with instrumentation.
static void forbidSpeculation(Function &F) { F.addFnAttr(Attribute::SanitizeThread); }

PreservedAnalyses PreparePass::run(Module &M, ModuleAnalysisManager &) {
  if (!OptInstrument)
    return PreservedAnalyses::all();
  Skip Skipped;
  for (Function &F : M) {
    if (F.isDeclaration() || Skipped.covers(F))
      continue;
    forbidSpeculation(F);
    if (Optimises)
      origins().note(F);
  }
  return PreservedAnalyses::none();
}
