// self-assigned-atomic: the result of an atomic operation is assigned to the variable it works on, which is a
// plain write of it.
#include "Check.h"
#include "clang/Lex/Lexer.h"

using namespace clang;
using namespace redflag::lint;

// What the atomic operation E changes; null: it is none.
static const Expr *target(const Expr *E) {
  E = plain(E);
  if (const auto *Atomic = dyn_cast_or_null<AtomicExpr>(E))
    return Atomic->getOp() == AtomicExpr::AO__atomic_load_n ||
                   Atomic->getOp() == AtomicExpr::AO__c11_atomic_load
               ? nullptr
               : Atomic->getPtr();
  const auto *Call = dyn_cast_or_null<CallExpr>(E);
  const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
  if (!F || !F->getIdentifier() || !Call->getNumArgs())
    return nullptr;
  return F->getName().starts_with("__sync_") ? Call->getArg(0) : nullptr;
}

static void run(const Program &P, Report R) {
  for (const auto &B : P.Bodies)
    walk(B->Root, [&](const Stmt *S) {
      const auto *Assign = dyn_cast<BinaryOperator>(S);
      if (!Assign || Assign->getOpcode() != BO_Assign)
        return;
      const Expr *Changed = target(Assign->getRHS());
      const std::string Name = textOf(P.Ctx, plain(Assign->getLHS()));
      if (!Changed || keyOf(P.Ctx, Changed) != Name)
        return;
      Finding Found;
      Found.Loc = Assign->getOperatorLoc();
      Found.Expression = Name;
      Found.Message = "the result of an atomic operation on '" + Name + "' is assigned to '" + Name +
                      "' itself, and this write is not part of the operation";
      Found.In = B.get();
      const SourceLocation From = Assign->getBeginLoc(), To = Assign->getOperatorLoc();
      if (B->isDiscarded(Assign) && From.isFileID() && To.isFileID())
        Found.Fixes.push_back(FixItHint::CreateRemoval(CharSourceRange::getCharRange(
            From, Lexer::findNextToken(To, P.Ctx.getSourceManager(), P.Ctx.getLangOpts())->getLocation())));
      R(std::move(Found));
    });
}

const Check redflag::lint::SelfAssignedAtomic = {
    "self-assigned-atomic",
    "`x = go_add(&x, 1)`: the result of an atomic operation is assigned to its own variable",
    "The operation has changed the variable already. The assignment is a second write, which undoes what other "
    "threads have done in between.",
    "Leave the assignment out.",
    true,
    run};
