// lost-context: a context is made and nobody can or will end it.
#include "Check.h"
#include "Flow.h"

using namespace clang;
using namespace redflag::lint;

namespace {

class Finder {
public:
  Finder(const Program &P, Report R) : P(P), R(R) {}

  void run() {
    for (const auto &B : P.Bodies)
      for (const Call &Make : B->Calls)
        if (Make.does(Does::ContextMake))
          made(*B, Make);
  }

private:
  // The local that gets the new context; null: it goes elsewhere.
  static const VarDecl *holder(const Body &B, const Call &Make) {
    const VarDecl *Found = nullptr;
    walk(B.Root, [&](const Stmt *S) {
      if (const auto *Declares = dyn_cast<DeclStmt>(S))
        for (const Decl *D : Declares->decls())
          if (const auto *Var = dyn_cast<VarDecl>(D); Var && Var->hasInit() && plain(Var->getInit()) == Make.E)
            Found = Var;
      if (const auto *Assign = dyn_cast<BinaryOperator>(S);
          Assign && Assign->getOpcode() == BO_Assign && plain(Assign->getRHS()) == Make.E)
        if (const auto *Ref = dyn_cast<DeclRefExpr>(plain(Assign->getLHS())))
          Found = dyn_cast<VarDecl>(Ref->getDecl());
    });
    return Found && Found->hasLocalStorage() ? Found : nullptr;
  }

  // Whether the use S of Var lets others know the context: anything but a look at it or its end. A goroutine
  // that gets it may end it, but is more often told by it.
  static bool escapes(const Body &B, const Stmt *S, const VarDecl *Var, bool ToGoroutines) {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    if (!Ref || Ref->getDecl() != Var)
      return false;
    const Stmt *Up = B.parent(S);
    while (Up && isa<CastExpr>(Up)) {
      S = Up;
      Up = B.parent(Up);
    }
    if (const auto *Assign = dyn_cast_or_null<BinaryOperator>(Up))
      return Assign->getOpcode() == BO_Assign && Assign->getRHS() == S;
    const Call *C = Up ? B.find(Up) : nullptr;
    const bool Looks = C && C->What &&
                       (C->What->What == Does::ContextUse || C->What->What == Does::ContextEnd ||
                        C->What->What == Does::ContextMake);
    if (C && C->Started)
      return ToGoroutines;
    return !Looks && !isa_and_nonnull<UnaryOperator>(Up) && !isa_and_nonnull<IfStmt>(Up);
  }

  void made(const Body &B, const Call &Make) {
    if (B.isDiscarded(Make.E))
      return tell(B, Make, Make.E->getBeginLoc(), "nobody keeps the new context, so nobody can end it");
    const VarDecl *Var = holder(B, Make);
    if (!Var || isCaptured(B, Var))
      return;
    bool Escapes = false, Ends = false;
    walk(B.Root, [&](const Stmt *S) { Escapes |= escapes(B, S, Var, true); });
    for (const Call &C : B.Calls)
      Ends |= C.does(Does::ContextEnd) && namedBy(C.Object) == Var;
    if (!Ends && !Escapes)
      return tell(B, Make, Make.E->getBeginLoc(),
                  "'" + Var->getNameAsString() + "' is never cancelled or freed");
    if (Ends)
      paths(B, Make, Var);
  }

  static bool isCaptured(const Body &B, const VarDecl *Var) {
    return llvm::any_of(B.Starts, [&](const Start &S) { return S.Block && mentions(S.Block->Root, Var); });
  }

  void paths(const Body &B, const Call &Make, const VarDecl *Var) {
    auto Effect = [&](const Stmt *S) -> std::optional<State> {
      if (S == Make.E)
        return State::Yes;
      const Call *C = B.find(S);
      if (C && C->does(Does::ContextEnd) && namedBy(C->Object) == Var)
        return State::No;
      return escapes(B, S, Var, false) ? std::optional(State::Maybe) : std::nullopt;
    };
    Flow F(P.Ctx, B, Effect);
    std::vector<const Stmt *> Lost = F.lostJumps();
    for (const Flow::Exit &E : F.exits())
      if (E.At == State::Yes && E.Returns)
        Lost.push_back(E.Last);
    for (const Stmt *S : Lost)
      tell(B, Make, S->getBeginLoc(),
           "this path leaves '" + B.Name + "' and '" + Var->getNameAsString() +
               "' is never cancelled or freed");
  }

  void tell(const Body &B, const Call &Make, SourceLocation Loc, std::string Message) {
    Finding Found;
    Found.Loc = Loc;
    Found.Expression = textOf(P.Ctx, Make.E);
    Found.Message = std::move(Message);
    if (Loc != Make.E->getBeginLoc())
      Found.Places.push_back({Make.E->getBeginLoc(), "made here"});
    Found.In = &B;
    R(std::move(Found));
  }

  const Program &P;
  Report R;
};

} // namespace

const Check redflag::lint::LostContext = {
    "lost-context",
    "a context of go_ctx_with_cancel or go_ctx_with_timeout is never cancelled or freed, or not on every path",
    "Goroutines that wait for its end wait for ever, its timer stays armed, and its memory is lost.",
    "Call go_ctx_free on every path when nobody uses it any more.",
    true,
    [](const Program &P, Report R) { Finder(P, R).run(); }};
