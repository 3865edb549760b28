// wait-group-add-inside: go_wg_add in the goroutine that it counts. The waiter may be through before.
#include "Check.h"

using namespace clang;
using namespace redflag::lint;

static bool startsAfter(const Program &P, const Body &B, const Call &Add) {
  return llvm::any_of(
      B.Starts, [&](const Start &S) { return comesBefore(P.Ctx, Add.E->getBeginLoc(), S.At->getBeginLoc()); });
}

static void run(const Program &P, Report R) {
  for (const auto &B : P.Bodies) {
    if (!B->calls(Does::WgAdd) || !P.isStarted(*B))
      continue;
    for (const Call &Add : B->Calls) {
      if (!Add.does(Does::WgAdd) || startsAfter(P, *B, Add))
        continue;
      const VarDecl *Root = rootOf(Add.Object);
      const bool Own = Root && Root->isLocalVarDecl() && Root->hasLocalStorage() && !B->Block && !B->Lambda;
      for (const Call &Done : B->Calls)
        if (!Own && Done.does(Does::WgDone) && Done.Key == Add.Key) {
          Finding Found;
          Found.Loc = Add.E->getBeginLoc();
          Found.Expression = Add.Key;
          Found.Message = "go_wg_add of '" + Add.Key +
                          "' inside of the goroutine that it counts: go_wg_wait may return "
                          "before it has run";
          Found.Places.push_back({Done.E->getBeginLoc(), "the same goroutine is done here"});
          Found.In = B.get();
          R(std::move(Found));
          break;
        }
    }
  }
}

const Check redflag::lint::WgAddInside = {"wait-group-add-inside",
                                          "go_wg_add is called by the goroutine that it counts",
                                          "A goroutine starts when it likes. If the waiter comes first, the "
                                          "counter is still zero and go_wg_wait does not "
                                          "wait.",
                                          "Call go_wg_add before the go statement.",
                                          true,
                                          run};
