// missing-unlock: a path leaves a function with a lock that the function's end releases.
#include "Check.h"
#include "Flow.h"
#include <set>

using namespace clang;
using namespace redflag::lint;

namespace {

class Finder {
public:
  Finder(const Program &P, Report R) : P(P), R(R) {}

  void run() {
    for (const auto &B : P.Bodies)
      for (const Call &C : B->Calls)
        if (C.does(Does::Unlock) && !locks(*B, C.Key))
          ElsewhereReleased.insert(namedBy(plainObject(C)));
    for (const auto &B : P.Bodies) {
      if (onPurpose(*B))
        continue;
      std::set<std::string> Seen;
      for (const Call &C : B->Calls)
        if ((C.does(Does::Lock) || C.does(Does::TryLock)) && Seen.insert(C.Key).second)
          key(*B, C);
    }
  }

private:
  static const Expr *plainObject(const Call &C) {
    const Expr *E = plain(C.Object);
    const auto *Address = dyn_cast_or_null<UnaryOperator>(E);
    return Address && Address->getOpcode() == UO_AddrOf ? plain(Address->getSubExpr()) : E;
  }

  static bool locks(const Body &B, const std::string &Key) {
    return llvm::any_of(
        B.Calls, [&](const Call &C) { return C.Key == Key && (C.does(Does::Lock) || C.does(Does::TryLock)); });
  }

  static bool onPurpose(const Body &B) {
    return nameHas(B.Name,
                   {"lock", "acquire", "enter", "begin", "hold", "freeze", "suspend", "atfork", "prefork"}) ||
           B.calls(Does::Cleanup) || llvm::any_of(B.Calls, [](const Call &C) {
             const FunctionDecl *F = C.What || C.Started ? nullptr : C.E->getDirectCallee();
             return F && F->getIdentifier() && nameHas(F->getName(), {"unlock", "release", "leave", "longjmp"});
           });
  }

  void key(const Body &B, const Call &Lock) {
    const ValueDecl *Named = namedBy(plainObject(Lock));
    // Some function only releases it: the lock goes on from function to function by design.
    if (Named && ElsewhereReleased.contains(Named))
      return;
    Flow F = lockFlow(P.Ctx, B, Lock.Key);
    // A switch may lock in one case and unlock in another, for two calls of the function.
    bool Pairs = false;
    F.each([&](const Stmt *S, State Before) {
      const Call *C = B.find(S);
      Pairs |= Before == State::Yes && C && C->does(Does::Unlock) && C->Key == Lock.Key;
    });
    if (!Pairs)
      return;
    std::vector<Flow::Exit> Exits = F.exits();
    std::vector<const Stmt *> Lost = F.lostJumps();
    SourceLocation Last;
    State AtLast = State::Unreached;
    for (const Flow::Exit &E : Exits)
      if (!E.Returns || Last.isInvalid() ||
          (AtLast != State::Unreached && comesBefore(P.Ctx, Last, E.Last->getBeginLoc()))) {
        Last = E.Last ? E.Last->getBeginLoc() : Last;
        AtLast = E.At;
        if (!E.Returns)
          break; // the closing brace
      }
    if (Lost.empty() && AtLast != State::No)
      return;
    for (const Flow::Exit &E : Exits)
      if (E.Returns && E.At == State::Yes)
        Lost.push_back(E.Last);
    for (const Stmt *S : Lost)
      tell(B, Lock, S);
  }

  void tell(const Body &B, const Call &Lock, const Stmt *S) {
    Finding Found;
    Found.Loc = S->getBeginLoc();
    Found.Expression = Lock.Key;
    Found.Message = "this path leaves '" + B.Name + "' with '" + Lock.Key + "' still locked";
    Found.Places.push_back({Lock.E->getBeginLoc(), "locked here"});
    for (const Call &C : B.Calls)
      if (C.does(Does::Unlock) && C.Key == Lock.Key) {
        Found.Places.push_back({C.E->getBeginLoc(), "another path unlocks it here"});
        break;
      }
    Found.In = &B;
    R(std::move(Found));
  }

  const Program &P;
  Report R;
  llvm::DenseSet<const ValueDecl *> ElsewhereReleased;
};

} // namespace

const Check redflag::lint::MissingUnlock = {
    "missing-unlock",
    "a path (early return, goto, break) leaves a function with a lock that its other paths unlock",
    "The next thread that wants the lock waits for ever.",
    "Unlock before this exit, or let all paths end at one label in front of the unlock.",
    true,
    [](const Program &P, Report R) { Finder(P, R).run(); }};
