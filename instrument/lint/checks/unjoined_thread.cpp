// unjoined-thread: a thread whose id nobody keeps is neither joined nor detached.
#include "Check.h"
#include "Flow.h"

using namespace clang;
using namespace redflag::lint;

namespace {

class Finder {
public:
  Finder(const Program &P, Report R) : P(P), R(R) {}

  void run() {
    for (const auto &B : P.Bodies) {
      if (B->Function && B->Function->isMain())
        continue; // the program ends with it
      for (const Start &S : B->Starts)
        if (S.Handle)
          created(*B, S);
      walk(B->Root, [&](const Stmt *Inner) { standard(*B, Inner); });
    }
  }

private:
  void created(const Body &B, const Start &S) {
    const VarDecl *Var = addressOf(S.Handle);
    const bool Default =
        !S.Attributes || S.Attributes->isNullPointerConstant(P.Ctx, Expr::NPC_ValueDependentIsNotNull);
    const Body *Runs = P.bodyOf(S.Function);
    if (!Var || !Var->hasLocalStorage() || !isThreadType(Var->getType()) || !Default || !Runs ||
        Runs->calls(Does::Detach))
      return;
    // Any use but as the handle of a start may be the join, or keep the id.
    bool Used = false;
    walk(B.Root, [&](const Stmt *Inner) {
      const auto *Ref = dyn_cast<DeclRefExpr>(Inner);
      Used |= Ref && Ref->getDecl() == Var && !isHandle(B, Ref);
    });
    for (const auto &Other : P.Bodies)
      Used |= Other->Outer == &B && mentions(Other->Root, Var);
    if (!Used)
      tell(B, Var, S.At->getBeginLoc(),
           "the thread '" + S.Name + "' is neither joined nor detached, and '" + Var->getNameAsString() +
               "' is forgotten when '" + B.Name + "' returns");
  }

  static bool isHandle(const Body &B, const DeclRefExpr *Ref) {
    for (const Start &S : B.Starts)
      if (S.Handle && addressOf(S.Handle) == Ref->getDecl() && mentionsRef(S.Handle, Ref))
        return true;
    return false;
  }

  static bool mentionsRef(const Expr *E, const DeclRefExpr *Ref) {
    bool Found = false;
    walk(E, [&](const Stmt *S) { Found |= S == Ref; });
    return Found;
  }

  void standard(const Body &B, const Stmt *S) {
    const auto *Declares = dyn_cast<DeclStmt>(S);
    const auto *Var =
        Declares && Declares->isSingleDecl() ? dyn_cast<VarDecl>(Declares->getSingleDecl()) : nullptr;
    if (!Var || !Var->hasLocalStorage() || Var->getType()->isReferenceType() || !isStdThread(Var->getType()))
      return;
    const auto *Construct =
        Var->hasInit() ? dyn_cast<CXXConstructExpr>(Var->getInit()->IgnoreUnlessSpelledInSource()) : nullptr;
    if (!Construct || !Construct->getNumArgs() || mentions(B.Root, Var))
      return;
    for (const auto &Other : P.Bodies)
      if (Other->Outer == &B && mentions(Other->Root, Var))
        return;
    tell(B, Var, Var->getLocation(),
         "'" + Var->getNameAsString() + "' is neither joined nor detached: its destructor ends the program");
  }

  void tell(const Body &B, const VarDecl *Var, SourceLocation Loc, std::string Message) {
    Finding Found;
    Found.Loc = Loc;
    Found.Expression = Var->getNameAsString();
    Found.Message = std::move(Message);
    Found.In = &B;
    R(std::move(Found));
  }

  const Program &P;
  Report R;
};

} // namespace

const Check redflag::lint::UnjoinedThread = {"unjoined-thread",
                                             "a thread is neither joined nor detached, and its id is forgotten",
                                             "What a thread that was not detached leaves behind is kept until "
                                             "it is joined; and nothing orders what it did "
                                             "before what follows.",
                                             "Join it, or detach it if nobody needs its end.",
                                             true,
                                             [](const Program &P, Report R) { Finder(P, R).run(); }};
