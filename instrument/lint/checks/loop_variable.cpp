// loop-variable: threads that a loop starts get the address of the variable that the loop goes on to change.
#include "Check.h"

using namespace clang;
using namespace redflag::lint;

namespace {

bool changes(const Stmt *S, const VarDecl *Var) {
  bool Found = false;
  walk(S, [&](const Stmt *Inner) {
    const Expr *To = changedBy(Inner);
    Found |= To && namedBy(To) == Var && isa<DeclRefExpr>(plain(To));
  });
  return Found;
}

// What a loop itself changes from round to round, not its body.
bool isVariableOf(const Stmt *Loop, const VarDecl *Var) {
  if (const auto *For = dyn_cast<ForStmt>(Loop))
    return For->getInc() && changes(For->getInc(), Var);
  if (const auto *While = dyn_cast<WhileStmt>(Loop))
    return changes(While->getCond(), Var);
  return false;
}

class Finder {
public:
  Finder(const Program &P, Report R) : P(P), R(R) {}

  void run() {
    for (const auto &B : P.Bodies)
      for (const Start &S : B->Starts)
        start(*B, S);
  }

private:
  void start(const Body &B, const Start &S) {
    if (S.Copies)
      return;
    for (const Stmt *Loop = B.loopAround(S.At); Loop; Loop = B.loopAround(Loop)) {
      if (waitsIn(B, Loop, S))
        return;
      for (const Expr *Argument : S.Arguments)
        if (const VarDecl *Var = addressOf(Argument); Var && isVariableOf(Loop, Var) && isItself(Argument))
          tell(B, S, Var, Argument->getBeginLoc(), "gets the address of");
      if (const CapturedStmt *Block = S.Block ? S.Block->Block : nullptr)
        for (const auto &Capture : Block->captures())
          if (Capture.capturesVariable() && isVariableOf(Loop, Capture.getCapturedVar()))
            tell(B, S, Capture.getCapturedVar(), useIn(*S.Block, Capture.getCapturedVar()), "captures");
      if (const LambdaExpr *Lambda = S.Block ? S.Block->Lambda : nullptr)
        for (const LambdaCapture &Capture : Lambda->captures())
          if (Capture.capturesVariable() && Capture.getCaptureKind() == LCK_ByRef)
            if (const auto *Var = dyn_cast<VarDecl>(Capture.getCapturedVar()); Var && isVariableOf(Loop, Var))
              tell(B, S, Var, useIn(*S.Block, Var), "captures a reference to");
    }
  }

  static bool isItself(const Expr *Argument) {
    const auto *Address = dyn_cast<UnaryOperator>(plain(Argument));
    return Address && isa<DeclRefExpr>(plain(Address->getSubExpr()));
  }

  SourceLocation useIn(const Body &Block, const VarDecl *Var) {
    SourceLocation Use = Block.Root->getBeginLoc();
    bool Found = false;
    walk(Block.Root, [&](const Stmt *S) {
      const auto *Ref = dyn_cast<DeclRefExpr>(S);
      if (!Found && Ref && Ref->getDecl() == Var) {
        Use = Ref->getLocation();
        Found = true;
      }
    });
    return Use;
  }

  // Each round waits for what it has started.
  bool waitsIn(const Body &B, const Stmt *Loop, const Start &S) {
    return llvm::any_of(B.Calls, [&](const Call &C) {
      const bool Waits =
          C.does(Does::Join) || C.does(Does::Wait) || C.does(Does::WgWait) || C.does(Does::CondWait);
      return Waits && comesBefore(P.Ctx, S.At->getBeginLoc(), C.E->getBeginLoc()) &&
             comesBefore(P.Ctx, C.E->getBeginLoc(), Loop->getEndLoc());
    });
  }

  void tell(const Body &B, const Start &S, const VarDecl *Var, SourceLocation Loc, const char *How) {
    Finding Found;
    Found.Loc = Loc;
    Found.Expression = Var->getNameAsString();
    Found.Message =
        "'" + S.Name + "' " + How + " '" + Found.Expression + "', which the loop changes while it runs";
    Found.Places.push_back({Var->getLocation(), "one variable for all rounds"});
    Found.In = &B;
    R(std::move(Found));
  }

  const Program &P;
  Report R;
};

} // namespace

const Check redflag::lint::LoopVariable = {
    "loop-variable",
    "threads or goroutines that a loop starts use its variable by address, reference or capture",
    "The loop goes on to change the variable while the threads read it; what they see is a matter of time.",
    "Pass the value, or declare a variable in the body of the loop and use that.",
    true,
    [](const Program &P, Report R) { Finder(P, R).run(); }};
