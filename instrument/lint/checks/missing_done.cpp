// missing-done: a path leaves a goroutine without the go_wg_done that its other paths call.
#include "Check.h"
#include "Flow.h"
#include <set>

using namespace clang;
using namespace redflag::lint;

static void checkKey(const Program &P, const Body &B, const Call &Done, Report R) {
  auto Effect = [&](const Stmt *S) -> std::optional<State> {
    if (renames(S, Done.Object))
      return State::Maybe;
    const auto *E = dyn_cast<CallExpr>(S);
    if (!E)
      return std::nullopt;
    const Call *C = B.find(E);
    if (C && C->Key == Done.Key && (C->does(Does::WgDone) || C->does(Does::WgWait)))
      return State::No;
    // Whoever else gets it may do it for us.
    return passes(E, Done.Object) ? std::optional(State::Maybe) : std::nullopt;
  };
  Flow F(P.Ctx, B, Effect, {}, State::Yes);
  std::vector<const Stmt *> Lost = F.lostJumps();
  bool Elsewhere = !Lost.empty();
  for (const Flow::Exit &E : F.exits()) {
    Elsewhere |= E.At == State::No;
    if (E.At == State::Yes && E.Last && E.Returns)
      Lost.push_back(E.Last);
  }
  for (const Stmt *S : Lost) {
    if (!Elsewhere)
      return;
    Finding Found;
    Found.Loc = S->getBeginLoc();
    Found.Expression = Done.Key;
    Found.Message =
        "this path ends '" + B.Name + "' without go_wg_done of '" + Done.Key + "': go_wg_wait waits for ever";
    Found.Places.push_back({Done.E->getBeginLoc(), "other paths are done here"});
    Found.In = &B;
    R(std::move(Found));
  }
}

static void run(const Program &P, Report R) {
  for (const auto &B : P.Bodies) {
    if (B->calls(Does::WgAdd) || B->calls(Does::Cleanup))
      continue;
    std::set<std::string> Seen;
    for (const Call &C : B->Calls)
      if (C.does(Does::WgDone) && Seen.insert(C.Key).second)
        checkKey(P, *B, C, R);
  }
}

const Check redflag::lint::MissingDone = {
    "missing-done",
    "a path leaves a function or go block without the go_wg_done that its other paths call",
    "The counter of the wait group never comes to zero, and go_wg_wait never returns.",
    "Call go_wg_done on this path too, or let all paths end at one label in front of it.",
    true,
    run};
