// wait-without-loop: the condition is not tested again after the wait.
#include "Check.h"
#include "Flow.h"

using namespace clang;
using namespace redflag::lint;

// The if whose only statement the wait is.
static const IfStmt *ifOf(const Body &B, const Expr *Wait) {
  const Stmt *S = Wait;
  const Stmt *Up = B.parent(S);
  while (Up && (isa<FullExpr>(Up) || isa<CastExpr>(Up) ||
                (isa<CompoundStmt>(Up) && cast<CompoundStmt>(Up)->size() == 1))) {
    S = Up;
    Up = B.parent(S);
  }
  const auto *If = dyn_cast_or_null<IfStmt>(Up);
  return If && If->getThen() == S && !If->getElse() ? If : nullptr;
}

static void run(const Program &P, Report R) {
  for (const auto &B : P.Bodies) {
    // Their callers have the loop.
    if (nameHas(B->Name, {"wait", "sleep", "park", "block"}))
      continue;
    for (const Call &C : B->Calls) {
      if (!C.does(Does::CondWait) && !C.does(Does::CondTimedWait))
        continue;
      const IfStmt *If = ifOf(*B, C.E);
      if ((C.does(Does::CondTimedWait) && !If) || B->loopAround(C.E))
        continue;
      if (Flow(P.Ctx, *B, [](const Stmt *) { return std::optional<State>(); }).inCycle(C.E))
        continue; // by goto
      Finding Found;
      Found.Loc = C.E->getBeginLoc();
      Found.Expression = C.Key;
      Found.Message = "the wait for '" + C.Key + "' is not in a loop that tests its condition";
      Found.In = B.get();
      if (If && If->getIfLoc().isFileID() && !If->getInit() && !If->getConditionVariable()) {
        Found.Message += " again";
        Found.Places.push_back({If->getIfLoc(), "tested only once, here"});
        Found.Fixes.push_back(FixItHint::CreateReplacement(
            CharSourceRange::getTokenRange(If->getIfLoc(), If->getIfLoc()), "while"));
      }
      R(std::move(Found));
    }
  }
}

const Check redflag::lint::WaitWithoutLoop = {
    "wait-without-loop",
    "a wait for a condition variable is not in a loop",
    "A wait may return without a signal, and another thread may have made the condition false again before the "
    "waiter has the lock.",
    "while (!condition) wait(...); and set the condition under the lock before the signal.",
    true,
    run};
