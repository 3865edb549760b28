#include "Loading.h"
#include "llvm/IR/Constants.h"

using namespace llvm;
using namespace redflag;

static void releaseAtEnd(Function &F, Entries &E) {
  for (BasicBlock &BB : F)
    if (auto *Return = dyn_cast<ReturnInst>(BB.getTerminator())) {
      IRBuilder<> B(Return);
      E.call(B, "__rf_constructed", {});
    }
}

static void releaseInConstructors(Module &M, Entries &E) {
  const GlobalVariable *List = M.getNamedGlobal("llvm.global_ctors");
  const auto *Rows = List && List->hasInitializer() ? dyn_cast<ConstantArray>(List->getInitializer()) : nullptr;
  if (!Rows)
    return;
  for (const Use &Row : Rows->operands())
    if (auto *F = dyn_cast<Function>(cast<Constant>(Row)->getAggregateElement(1)->stripPointerCasts());
        F && !F->isDeclaration())
      releaseAtEnd(*F, E);
}

static void acquireAfterCallsOf(const Function *Loader, Entries &E) {
  if (!Loader)
    return;
  for (const User *U : Loader->users())
    if (auto *Call = dyn_cast<CallInst>(const_cast<User *>(U)); Call && Call->getCalledFunction() == Loader) {
      Call->setTailCallKind(CallInst::TCK_None);
      IRBuilder<> B(Call->getNextNode());
      E.call(B, "__rf_loaded", {});
    }
}

void redflag::orderLoading(Module &M, Entries &E) {
  releaseInConstructors(M, E);
  acquireAfterCallsOf(M.getFunction("dlopen"), E);
  acquireAfterCallsOf(M.getFunction("dlmopen"), E);
}
