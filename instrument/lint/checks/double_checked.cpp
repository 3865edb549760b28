// double-checked: a plain variable is tested outside of the lock under which it is tested again and set.
#include "Check.h"
#include "Flow.h"

using namespace clang;
using namespace redflag::lint;

namespace {

// What a condition reads plainly and others could write: globals and fields, by their text.
std::vector<const Expr *> sharedIn(const Expr *Condition) {
  std::vector<const Expr *> Found;
  std::function<void(const Stmt *)> Visit = [&](const Stmt *S) {
    if (!S || isa<CallExpr>(S) || isa<AtomicExpr>(S) || isa<StmtExpr>(S))
      return;
    const auto *E = dyn_cast<Expr>(S);
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    const bool Shared = (Var && Var->hasGlobalStorage() && Var->getTLSKind() == VarDecl::TLS_None) ||
                        (isa<MemberExpr>(S) && isa<FieldDecl>(cast<MemberExpr>(S)->getMemberDecl()));
    if (Shared && E->getType()->isScalarType() && !E->getType()->isAtomicType())
      Found.push_back(E);
    else
      for (const Stmt *Child : S->children())
        Visit(Child);
  };
  Visit(Condition);
  return Found;
}

class Finder {
public:
  Finder(const Program &P, Report R) : P(P), R(R) {}

  void run() {
    for (const auto &B : P.Bodies) {
      std::vector<const IfStmt *> Ifs;
      walk(B->Root, [&](const Stmt *S) {
        if (const auto *If = dyn_cast<IfStmt>(S); If && If->getCond())
          Ifs.push_back(If);
      });
      for (const IfStmt *Outer : Ifs)
        outer(*B, Outer, Ifs);
    }
  }

private:
  void outer(const Body &B, const IfStmt *Outer, const std::vector<const IfStmt *> &Ifs) {
    for (const Expr *Tested : sharedIn(Outer->getCond())) {
      const std::string Name = textOf(P.Ctx, Tested);
      for (const IfStmt *Inner : Ifs) {
        const SourceLocation Lock = lockBetween(B, Outer, Inner);
        if (Lock.isInvalid() || !testsAgain(Inner, Name) || !setsAfter(B, Inner, Name) ||
            !heldAt(P.Ctx, B, Outer->getCond()).empty())
          continue;
        Finding Found;
        Found.Loc = Tested->getExprLoc();
        Found.Expression = Name;
        Found.Message = "'" + Name + "' is read here without the lock under which it is tested again and set";
        Found.Places.push_back({Lock, "locked here"});
        Found.Places.push_back({Inner->getIfLoc(), "tested again here"});
        Found.In = &B;
        R(std::move(Found));
        return;
      }
    }
  }

  bool testsAgain(const IfStmt *Inner, const std::string &Name) {
    return llvm::any_of(sharedIn(Inner->getCond()), [&](const Expr *E) { return textOf(P.Ctx, E) == Name; });
  }

  // Where Inner stands in what Outer guards, or after an Outer that leaves: the lock that is taken between
  // them.
  SourceLocation lockBetween(const Body &B, const IfStmt *Outer, const IfStmt *Inner) {
    if (!comesBefore(P.Ctx, Outer->getIfLoc(), Inner->getIfLoc()))
      return {};
    const bool Inside = comesBefore(P.Ctx, Inner->getEndLoc(), Outer->getThen()->getEndLoc());
    const Stmt *Then = Outer->getThen();
    if (const auto *Block = dyn_cast<CompoundStmt>(Then); Block && !Block->body_empty())
      Then = Block->body_back();
    if (!Inside && (!isa<ReturnStmt>(Then) || B.parent(Outer) != B.Root))
      return {};
    const SourceLocation After = Outer->getCond()->getEndLoc();
    SourceLocation Found;
    auto Take = [&](SourceLocation Loc) {
      if (comesBefore(P.Ctx, After, Loc) && comesBefore(P.Ctx, Loc, Inner->getIfLoc()))
        Found = Loc;
    };
    for (const Call &C : B.Calls)
      if (C.does(Does::Lock))
        Take(C.E->getBeginLoc());
    walk(B.Root, [&](const Stmt *S) {
      if (const auto *Declares = dyn_cast<DeclStmt>(S); Declares && Declares->isSingleDecl())
        if (const auto *Var = dyn_cast<VarDecl>(Declares->getSingleDecl()); Var && isGuardType(Var->getType()))
          Take(Var->getLocation());
    });
    // Something that was unlocked in between is another matter: the second test is of a state of its own.
    if (Found.isValid() && heldAt(P.Ctx, B, Inner->getCond()).empty())
      return {};
    return Found;
  }

  bool setsAfter(const Body &B, const IfStmt *Inner, const std::string &Name) {
    bool Found = false;
    walk(B.Root, [&](const Stmt *S) {
      const auto *Assign = dyn_cast<BinaryOperator>(S);
      if (Assign && Assign->isAssignmentOp() &&
          comesBefore(P.Ctx, Inner->getIfLoc(), Assign->getOperatorLoc()) &&
          textOf(P.Ctx, plain(Assign->getLHS())) == Name && !heldAt(P.Ctx, B, Assign).empty())
        Found = true;
    });
    return Found;
  }

  const Program &P;
  Report R;
};

} // namespace

const Check redflag::lint::DoubleChecked = {
    "double-checked",
    "double-checked locking: a plain variable is tested outside of the lock that guards it",
    "The test outside races with the write inside, and a thread that sees the variable set need not see what "
    "was "
    "written before it.",
    "Make the variable atomic (store-release, load-acquire), or use pthread_once, go_once_do, std::call_once.",
    true,
    [](const Program &P, Report R) { Finder(P, R).run(); }};
