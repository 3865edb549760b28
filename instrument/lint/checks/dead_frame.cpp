// dead-frame: a thread gets the address of a local whose function returns without waiting for it.
#include "Check.h"
#include "Flow.h"

using namespace clang;
using namespace redflag::lint;

// Some call that we cannot look into may wait for the thread.
static bool mayWait(const Body &B) {
  return llvm::any_of(B.Calls, [](const Call &C) {
    const FunctionDecl *F = C.E->getDirectCallee();
    if (C.What)
      return false;
    return !F || !F->getIdentifier() ||
           nameHas(F->getName(), {"wait", "join", "sync", "barrier", "finish", "stop", "shutdown", "loop",
                                  "run", "poll", "select", "recv", "read", "accept", "pause", "exec", "await"});
  });
}

// So may a function that gets the variable as well.
static bool passedOn(const Program &P, const Body &B, const VarDecl *Var, SourceLocation Start) {
  return llvm::any_of(B.Calls, [&](const Call &C) {
    return !C.What && !C.Started && comesBefore(P.Ctx, Start, C.E->getBeginLoc()) &&
           llvm::any_of(C.E->arguments(), [&](const Expr *A) { return addressOf(A) == Var; });
  });
}

static bool returns(const Program &P, const Body &B) {
  return !Flow(P.Ctx, B, [](const Stmt *) { return std::optional<State>(); }).exits().empty();
}

static void tell(const Body &B, const Start &S, const VarDecl *Var, SourceLocation Loc, Report R) {
  Finding Found;
  Found.Loc = Loc;
  Found.Expression = Var->getNameAsString();
  Found.Message = "'" + Found.Expression + "' is gone when '" + B.Name + "' returns, and '" + S.Name +
                  "' may still use it: nothing here waits for it";
  Found.Places.push_back({Var->getLocation(), "declared here"});
  Found.In = &B;
  R(std::move(Found));
}

static void run(const Program &P, Report R) {
  for (const auto &B : P.Bodies) {
    // The frame of main is as old as the program; a block's captured locals live as long as the block.
    if (B->Starts.empty() || (B->Function && B->Function->isMain()) || mayWait(*B) || !returns(P, *B))
      continue;
    for (const Start &S : B->Starts) {
      if (S.Copies || B->waitsAfter(S.At->getBeginLoc()) || B->loopAround(S.At))
        continue;
      for (const Expr *Argument : S.Arguments)
        if (const VarDecl *Var = addressOf(Argument);
            Var && Var->hasLocalStorage() && !passedOn(P, *B, Var, S.At->getBeginLoc()) &&
            !Var->getType()->isReferenceType() && !Var->hasAttr<CleanupAttr>())
          tell(*B, S, Var, Argument->getBeginLoc(), R);
    }
  }
}

const Check redflag::lint::DeadFrame = {
    "dead-frame",
    "a thread or goroutine gets the address of a local whose function returns without waiting for it",
    "The thread reads and writes a stack frame that belongs to another call by then.",
    "Wait for the thread before the return, or give it memory of its own: malloc, or a copy of the value.",
    true,
    run};
