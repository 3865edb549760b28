// sleep-as-wait: after a sleep a function reads what a thread that it has started writes. Time orders nothing.
#include "Check.h"

using namespace clang;
using namespace redflag::lint;

namespace {

// Variables that the started body or function writes plainly, as far as this unit shows.
bool writes(const Stmt *Root, const ValueDecl *D) {
  bool Found = false;
  walk(Root, [&](const Stmt *S) {
    const Expr *To = changedBy(S);
    Found |= To && namedBy(To) == D;
  });
  return Found;
}

bool isAtomic(const ValueDecl *D) {
  const CXXRecordDecl *Class = D->getType()->getAsCXXRecordDecl();
  return D->getType()->isAtomicType() || (Class && Class->isInStdNamespace());
}

class Finder {
public:
  Finder(const Program &P, Report R) : P(P), R(R) {}

  void run() {
    for (const auto &B : P.Bodies)
      for (const Start &S : B->Starts)
        if (!B->waitsAfter(S.At->getBeginLoc()))
          start(*B, S);
  }

private:
  void start(const Body &B, const Start &S) {
    const Call *Sleep = nullptr;
    for (const Call &C : B.Calls)
      if (C.does(Does::Sleep) && comesBefore(P.Ctx, S.At->getEndLoc(), C.E->getBeginLoc()) &&
          !B.loopAround(C.E))
        Sleep = &C;
    // A lock that is taken afterwards may be what orders.
    if (!Sleep || B.calls(Does::Lock) || B.calls(Does::Cleanup))
      return;
    const DeclRefExpr *Read = nullptr;
    walk(B.Root, [&](const Stmt *Use) {
      const auto *Ref = dyn_cast<DeclRefExpr>(Use);
      const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
      if (!Read && Var && !passedOn(B, Var, S.At->getBeginLoc()) &&
          comesBefore(P.Ctx, Sleep->E->getEndLoc(), Ref->getBeginLoc()) && shared(S, Var) && isRead(B, Ref))
        Read = Ref;
    });
    if (!Read)
      return;
    Finding Found;
    Found.Loc = Read->getLocation();
    Found.Expression = Read->getDecl()->getNameAsString();
    Found.Message = "'" + Found.Expression + "' is read after a sleep, but nothing waits for '" + S.Name +
                    "', which writes it: time orders nothing";
    Found.Places.push_back({S.At->getBeginLoc(), "'" + S.Name + "' is started here"});
    Found.Places.push_back({Sleep->E->getBeginLoc(), "the sleep"});
    Found.In = &B;
    R(std::move(Found));
  }

  // A function that gets the variable as well may wait for who writes it.
  bool passedOn(const Body &B, const VarDecl *Var, SourceLocation Start) {
    return llvm::any_of(B.Calls, [&](const Call &C) {
      return !C.What && !C.Started && comesBefore(P.Ctx, Start, C.E->getBeginLoc()) &&
             llvm::any_of(C.E->arguments(), [&](const Expr *A) { return addressOf(A) == Var; });
    });
  }

  // Not as the operand of an atomic operation, nor where it is only written.
  static bool isRead(const Body &B, const DeclRefExpr *Ref) {
    for (const Stmt *S = Ref, *Up = B.parent(S); Up; S = Up, Up = B.parent(Up)) {
      if (isa<AtomicExpr>(Up))
        return false;
      if (const auto *Address = dyn_cast<UnaryOperator>(Up); Address && Address->getOpcode() == UO_AddrOf)
        return false;
      if (const auto *Assign = dyn_cast<BinaryOperator>(Up);
          Assign && Assign->getOpcode() == BO_Assign && Assign->getLHS() == S)
        return false;
    }
    return true;
  }

  bool shared(const Start &S, const VarDecl *Var) {
    if (isAtomic(Var))
      return false;
    if (S.Block)
      return writes(S.Block->Root, Var);
    if (Var->hasGlobalStorage()) {
      const Body *Inside = P.bodyOf(S.Function);
      return Inside && !Inside->calls(Does::Lock) && writes(Inside->Root, Var);
    }
    const Body *Inside = P.bodyOf(S.Function);
    return Inside && !Inside->calls(Does::Lock) && !S.Copies &&
           llvm::any_of(S.Arguments,
                        [&](const Expr *A) {
                          return addressOf(A) == Var && !A->getType()->getPointeeType().isConstQualified();
                        }) &&
           writesThroughPointer(*Inside);
  }

  static bool writesThroughPointer(const Body &B) {
    bool Found = false;
    walk(B.Root, [&](const Stmt *S) {
      const Expr *To = changedBy(S);
      To = To ? plain(To) : nullptr;
      const auto *Deref = dyn_cast_or_null<UnaryOperator>(To);
      const auto *Member = dyn_cast_or_null<MemberExpr>(To);
      Found |= (Deref && Deref->getOpcode() == UO_Deref) || (Member && Member->isArrow()) ||
               isa_and_nonnull<ArraySubscriptExpr>(To);
    });
    return Found;
  }

  const Program &P;
  Report R;
};

} // namespace

const Check redflag::lint::SleepAsWait = {
    "sleep-as-wait",
    "what a thread writes is read after a sleep, and nothing waits for the thread",
    "A thread may take longer than any sleep, and nothing makes what it wrote visible to the reader.",
    "Wait for it: pthread_join, go_wg_wait, a receive from a channel.",
    true,
    [](const Program &P, Report R) { Finder(P, R).run(); }};
