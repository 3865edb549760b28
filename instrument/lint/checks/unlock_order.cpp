// unlock-order: of two locks the one that was taken first is released first. It is no mistake by itself.
#include "Check.h"
#include "Flow.h"

using namespace clang;
using namespace redflag::lint;

static bool has(const std::vector<std::string> &Keys, const std::string &Key) {
  return llvm::is_contained(Keys, Key);
}

static void run(const Program &P, Report R) {
  for (const auto &B : P.Bodies)
    for (const Call &Second : B->Calls) {
      if (!Second.does(Does::Lock))
        continue;
      const std::vector<std::string> Outer = heldAt(P.Ctx, *B, Second.E);
      for (const Call &Release : B->Calls) {
        if (!Release.does(Does::Unlock) || Release.Key == Second.Key || !has(Outer, Release.Key) ||
            !comesBefore(P.Ctx, Second.E->getBeginLoc(), Release.E->getBeginLoc()) ||
            !has(heldAt(P.Ctx, *B, Release.E), Second.Key))
          continue;
        Finding Found;
        Found.Loc = Release.E->getBeginLoc();
        Found.Expression = Release.Key;
        Found.Message =
            "'" + Release.Key + "' is unlocked before '" + Second.Key + "', which was locked after it";
        Found.Places.push_back({Second.E->getBeginLoc(), "'" + Second.Key + "' is locked here"});
        Found.In = B.get();
        R(std::move(Found));
      }
    }
}

const Check redflag::lint::UnlockOrder = {"unlock-order",
                                          "of two locks the one that was taken first is released first",
                                          "It is allowed, and often wanted where one lock is handed over for "
                                          "the next. Elsewhere it makes critical sections "
                                          "overlap that look nested.",
                                          "Unlock in the reverse order.",
                                          false,
                                          run};
