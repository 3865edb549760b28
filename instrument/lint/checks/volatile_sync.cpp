// volatile-sync: a loop waits for a volatile flag that another function sets. Volatile orders nothing.
#include "Check.h"
#include "Flow.h"

using namespace clang;
using namespace redflag::lint;

namespace {

class Finder {
public:
  Finder(const Program &P, Report R) : P(P), R(R) {}

  void run() {
    if (!P.StartsThreads)
      return;
    for (const auto &B : P.Bodies)
      walk(B->Root, [&](const Stmt *S) { loop(*B, S); });
  }

private:
  static bool isForHandlers(QualType Type) {
    for (const auto *Alias = Type->getAs<TypedefType>(); Alias; Alias = Alias->desugar()->getAs<TypedefType>())
      if (Alias->getDecl()->getName() == "sig_atomic_t")
        return true;
    return false;
  }

  void loop(const Body &B, const Stmt *S) {
    if (!isLoop(S))
      return;
    const Expr *Condition = nullptr;
    if (const auto *While = dyn_cast<WhileStmt>(S))
      Condition = While->getCond();
    else if (const auto *Do = dyn_cast<DoStmt>(S))
      Condition = Do->getCond();
    else if (const auto *For = dyn_cast<ForStmt>(S))
      Condition = For->getCond();
    bool Told = false; // one finding for a loop
    walk(Condition, [&](const Stmt *Inner) {
      const auto *E = dyn_cast<Expr>(Inner);
      if (Told || !E || !E->getType().isVolatileQualified() || E->getType()->isAtomicType() ||
          isForHandlers(E->getType()))
        return;
      const ValueDecl *Flag = isa<DeclRefExpr>(E) || isa<MemberExpr>(E) ? namedBy(E) : nullptr;
      const auto *Var = dyn_cast_or_null<VarDecl>(Flag);
      if (!Flag || (Var && Var->hasLocalStorage()) || !heldAt(P.Ctx, B, E).empty() || !decides(B, Condition, E))
        return;
      Told = flag(B, E, Flag);
    });
  }

  // `!flag`, `flag == 2 || other`: the loop goes on or ends by what the flag is. A bound that is compared with
  // a counter is read for another reason.
  static bool decides(const Body &B, const Expr *Condition, const Expr *E) {
    for (const Stmt *S = E; S != Condition;) {
      S = B.parent(S);
      const auto *Binary = dyn_cast_or_null<BinaryOperator>(S);
      const auto *Unary = dyn_cast_or_null<UnaryOperator>(S);
      const bool Plain = S && (isa<ParenExpr>(S) || isa<CastExpr>(S) || isa<FullExpr>(S));
      if (!Plain && !(Binary && (Binary->isEqualityOp() || Binary->isLogicalOp())) &&
          !(Unary && Unary->getOpcode() == UO_LNot))
        return false;
    }
    return true;
  }

  bool flag(const Body &Reader, const Expr *E, const ValueDecl *Flag) {
    for (const auto &Writer : P.Bodies) {
      if (Writer.get() == &Reader || mayBeHandler(*Writer))
        continue;
      const BinaryOperator *Write = nullptr;
      walk(Writer->Root, [&](const Stmt *S) {
        const auto *Assign = dyn_cast<BinaryOperator>(S);
        if (Assign && Assign->isAssignmentOp() && namedBy(Assign->getLHS()) == Flag)
          Write = Assign;
      });
      if (!Write)
        continue;
      Finding Found;
      Found.Loc = E->getExprLoc();
      Found.Expression = textOf(P.Ctx, E);
      Found.Message = "this loop waits for the volatile '" + Found.Expression + "', which orders nothing";
      Found.Places.push_back({Write->getOperatorLoc(), "'" + Writer->Name + "' sets it here"});
      Found.In = &Reader;
      R(std::move(Found));
      return true;
    }
    return false;
  }

  // For a flag that a handler of the same thread sets, volatile is right.
  bool mayBeHandler(const Body &B) {
    return B.Function && !P.isStarted(B) && B.Function->getNumParams() >= 1 &&
           B.Function->getParamDecl(0)->getType()->isIntegerType() && B.Function->getReturnType()->isVoidType();
  }

  const Program &P;
  Report R;
};

} // namespace

const Check redflag::lint::VolatileSync = {
    "volatile-sync",
    "a loop waits for a volatile flag that another function sets, in a unit that starts threads",
    "Volatile keeps the compiler from leaving an access out; it makes no access atomic and orders none before "
    "another.",
    "Make the flag atomic (_Atomic, std::atomic, go_load and go_store), or wait for a condition variable.",
    true,
    [](const Program &P, Report R) { Finder(P, R).run(); }};
