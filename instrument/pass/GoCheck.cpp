#include "GoCheck.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/Builtins.h"

using namespace clang;
using namespace redflag;

const CallExpr *redflag::goMarker(const ForStmt *For) {
  const auto *Init = dyn_cast_or_null<DeclStmt>(For->getInit());
  const auto *Var = Init && Init->isSingleDecl() ? dyn_cast<VarDecl>(Init->getSingleDecl()) : nullptr;
  if (!Var || Var->getName() != "__rf_g" || !Var->hasInit())
    return nullptr;
  const auto *Call = dyn_cast<CallExpr>(Var->getInit()->IgnoreParenImpCasts());
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  return Callee && Callee->getName() == "__rf_go_mark_begin" ? Call : nullptr;
}

namespace {

class Checker {
public:
  explicit Checker(ASTContext &Ctx) : Ctx(Ctx), Diags(Ctx.getDiagnostics()) {}
  const CallExpr *check(const Stmt *Body);

private:
  template <unsigned N> bool error(const Stmt *At, const char (&Text)[N]) {
    unsigned ID = Diags.getCustomDiagID(DiagnosticsEngine::Error, Text);
    Diags.Report(At->getBeginLoc(), ID) << At->getSourceRange();
    return false;
  }
  const CallExpr *callOf(const Stmt *Body);
  bool checkCallee(const CallExpr *Call);
  bool checkObject(const CallExpr *Call);
  bool checkArgument(const Expr *Arg);
  bool checkResult(const CallExpr *Call);

  ASTContext &Ctx;
  DiagnosticsEngine &Diags;
};

} // namespace

const CallExpr *Checker::callOf(const Stmt *Body) {
  const auto *E = dyn_cast<Expr>(Body);
  const auto *Call = E ? dyn_cast<CallExpr>(E->IgnoreParens()->IgnoreImplicit()) : nullptr;
  if (!Call || isa<CXXPseudoDestructorExpr>(Call->getCallee()->IgnoreParens()))
    error(Body, "'go' must be followed by a function call");
  return Call;
}

bool Checker::checkCallee(const CallExpr *Call) {
  unsigned ID = Call->getBuiltinCallee();
  if (ID && !Ctx.BuiltinInfo.isPredefinedLibFunction(ID) && !Ctx.BuiltinInfo.isHeaderDependentFunction(ID))
    return error(Call, "a builtin cannot be started as a goroutine; wrap it in a function");
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (Callee && Callee->isConsteval())
    return error(Call, "a consteval function cannot be started as a goroutine");
  return true;
}

static bool isTemporary(const Expr *E) {
  E = E->IgnoreParens();
  while (const auto *Cast = dyn_cast<ImplicitCastExpr>(E))
    E = Cast->getSubExpr()->IgnoreParens();
  return isa<MaterializeTemporaryExpr>(E) || isa<CXXBindTemporaryExpr>(E);
}

// The object of a member call is reached by its address.
bool Checker::checkObject(const CallExpr *Call) {
  const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
  const Expr *Object = Member ? Member->getImplicitObjectArgument() : nullptr;
  if (Object && !Object->getType()->isPointerType() && isTemporary(Object))
    return error(Object, "this object is gone when the goroutine runs; use redflag::go");
  return true;
}

bool Checker::checkArgument(const Expr *Arg) {
  if (Arg->isGLValue() && isTemporary(Arg))
    return error(Arg, "this temporary is gone when the goroutine runs; use redflag::go");
  const CXXRecordDecl *Class = Arg->isGLValue() ? nullptr : Arg->getType()->getAsCXXRecordDecl();
  if (Class && !Arg->getType().isTriviallyCopyableType(Ctx))
    return error(
        Arg, "an argument of a class that is not trivially copyable cannot be passed by 'go'; use redflag::go");
  return true;
}

// Nobody would destroy it.
bool Checker::checkResult(const CallExpr *Call) {
  if (Call->getType().isDestructedType() == QualType::DK_none)
    return true;
  return error(Call, "the result of this call needs a destructor, which 'go' would not run; use redflag::go");
}

const CallExpr *Checker::check(const Stmt *Body) {
  const CallExpr *Call = callOf(Body);
  if (!Call || !checkCallee(Call))
    return nullptr;
  bool Fine = checkObject(Call) && checkResult(Call);
  for (const Expr *Arg : Call->arguments())
    Fine = checkArgument(Arg) && Fine;
  return Fine ? Call : nullptr;
}

const CallExpr *redflag::checkGo(ASTContext &Ctx, const ForStmt *For) {
  return Checker(Ctx).check(For->getBody());
}
