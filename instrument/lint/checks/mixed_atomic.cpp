// mixed-atomic: a plain variable is changed by atomic operations in one place and accessed plainly in another.
#include "Check.h"
#include "Flow.h"
#include "llvm/ADT/MapVector.h"

using namespace clang;
using namespace redflag::lint;

namespace {

// The variable or field, as a whole, whose address E is.
const ValueDecl *wholeObject(const Expr *E) {
  const auto *Address = dyn_cast_or_null<UnaryOperator>(plain(E));
  if (!Address || Address->getOpcode() != UO_AddrOf)
    return nullptr;
  const Expr *Object = plain(Address->getSubExpr());
  const auto *Ref = dyn_cast<DeclRefExpr>(Object);
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  if (Var)
    return Var->hasGlobalStorage() ? Var : nullptr;
  const auto *Member = dyn_cast<MemberExpr>(Object);
  return Member ? Member->getMemberDecl() : nullptr;
}

class Finder {
public:
  Finder(const Program &P, Report R) : P(P), R(R) {}

  void run() {
    for (const auto &B : P.Bodies)
      walk(B->Root, [&](const Stmt *S) { atomic(S); });
    if (Atomic.empty())
      return;
    for (const auto &B : P.Bodies)
      if (!isQuiet(*B))
        walk(B->Root, [&](const Stmt *S) { plainAccess(*B, S); });
  }

private:
  // The variable or field that the atomic operation S works on; null: it is none.
  static const ValueDecl *atomicTarget(const Stmt *S) {
    if (const auto *E = dyn_cast<AtomicExpr>(S))
      return wholeObject(E->getPtr());
    const auto *Call = dyn_cast<CallExpr>(S);
    const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
    if (F && F->getIdentifier() && F->getName().starts_with("__sync_") && Call->getNumArgs())
      return wholeObject(Call->getArg(0));
    return nullptr;
  }

  void atomic(const Stmt *S) {
    const ValueDecl *D = atomicTarget(S);
    if (D && !D->getType()->isAtomicType())
      Atomic.insert({D, S->getBeginLoc()});
  }

  // Where there is one thread only, or the object is known to nobody yet or any more, as names tell.
  static bool isQuiet(const Body &B) {
    if (B.Function && (isa<CXXConstructorDecl>(B.Function) || isa<CXXDestructorDecl>(B.Function) ||
                       (B.Function->isMain() && B.Starts.empty())))
      return true;
    return nameHas(B.Name,
                   {"init",  "creat", "new",     "alloc", "destroy", "free",  "delete", "close",   "reset",
                    "clear", "fini",  "setup",   "clone", "dup",     "copy",  "make",   "open",    "start",
                    "dtor",  "ctor",  "release", "fork",  "test",    "print", "dump",   "debug",   "assert",
                    "stat",  "exit",  "cleanup", "unref", "put",     "show",  "summar", "display", "report"});
  }

  void plainAccess(const Body &B, const Stmt *S) {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    const auto *Member = dyn_cast<MemberExpr>(S);
    const ValueDecl *D = Ref ? Ref->getDecl() : Member ? Member->getMemberDecl() : nullptr;
    auto Found = D ? Atomic.find(D) : Atomic.end();
    if (Found == Atomic.end() || isExempt(B, cast<Expr>(S)))
      return;
    Finding F;
    F.Loc = cast<Expr>(S)->getExprLoc();
    F.Expression = textOf(P.Ctx, S);
    F.Message = "'" + F.Expression + "' is accessed plainly here and by atomic operations elsewhere";
    F.Places.push_back({Found->second, "an atomic operation"});
    F.In = &B;
    R(std::move(F));
  }

  bool isExempt(const Body &B, const Expr *E) {
    for (const Stmt *S = E, *Up = B.parent(S); Up; S = Up, Up = B.parent(Up)) {
      if (isa<AtomicExpr>(Up))
        return true;
      if (const auto *Unary = dyn_cast<UnaryOperator>(Up); Unary && Unary->getOpcode() == UO_AddrOf)
        return true;
      if (!isa<Expr>(Up))
        break;
    }
    const auto *Member = dyn_cast<MemberExpr>(E);
    const VarDecl *Root = Member ? rootOf(Member) : nullptr;
    if (Root && Root->hasLocalStorage() && (!Member->isArrow() || isFresh(B, Root)))
      return true; // an object of its own
    for (const Call &C : B.Calls)
      if ((C.does(Does::Join) || C.does(Does::WgWait) || C.does(Does::Wait)) &&
          comesBefore(P.Ctx, C.E->getBeginLoc(), E->getExprLoc()))
        return true;
    // Who has looked at it atomically before may know that it is now alone.
    bool Looked = false;
    walk(B.Root, [&](const Stmt *S) {
      const ValueDecl *D = atomicTarget(S);
      Looked |= D && D == namedBy(E) && comesBefore(P.Ctx, S->getBeginLoc(), E->getExprLoc());
    });
    if (Looked)
      return true;
    // What main sets, it has mostly not yet told the threads that it starts.
    if (B.Function && B.Function->isMain() && isWritten(B, E))
      return true;
    for (const Start &S : B.Starts)
      if (comesBefore(P.Ctx, E->getExprLoc(), S.At->getBeginLoc()))
        return true;
    return !heldAt(P.Ctx, B, E).empty();
  }

  static bool isWritten(const Body &B, const Expr *E) {
    const auto *Assign = dyn_cast_or_null<BinaryOperator>(B.parent(E));
    return Assign && Assign->isAssignmentOp() && Assign->getLHS() == E;
  }

  // Made here: nobody else knows it.
  static bool isFresh(const Body &B, const VarDecl *Var) {
    bool Fresh = false;
    auto Makes = [](const Expr *E) {
      const auto *Call = dyn_cast_or_null<CallExpr>(plain(E));
      const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
      return isa_and_nonnull<CXXNewExpr>(plain(E)) ||
             (F && F->getIdentifier() && nameHas(F->getName(), {"alloc", "new", "creat", "init", "make"}));
    };
    if (Var->hasInit() && !isa<ParmVarDecl>(Var))
      Fresh = Makes(Var->getInit());
    walk(B.Root, [&](const Stmt *S) {
      if (const auto *Assign = dyn_cast<BinaryOperator>(S);
          Assign && Assign->getOpcode() == BO_Assign && namedBy(Assign->getLHS()) == Var)
        Fresh |= Makes(Assign->getRHS());
    });
    return Fresh;
  }

  const Program &P;
  Report R;
  llvm::MapVector<const ValueDecl *, SourceLocation> Atomic;
};

} // namespace

const Check redflag::lint::MixedAtomic = {
    "mixed-atomic",
    "a variable is accessed plainly in one place and by atomic operations in another",
    "A plain access beside an atomic one is a data race: it may be torn, cached or moved by the compiler.",
    "Access it atomically everywhere (go_load, go_store, __atomic_load_n), or give it an atomic type.",
    false,
    [](const Program &P, Report R) { Finder(P, R).run(); }};
