// copied-lock: a mutex, wait group or the like is copied, alone or within a structure. The copy is another
// object.
#include "Check.h"

using namespace clang;
using namespace redflag::lint;

namespace {

// The name of what must not be copied in a value of this type; null: nothing.
const char *syncIn(QualType Type, unsigned Depth = 0) {
  if (Type.isNull() || Type->isDependentType() || Type->isReferenceType() || Type->isPointerType() || Depth > 8)
    return nullptr;
  if (const char *Name = syncTypeName(Type))
    return Name;
  if (const ArrayType *Array = Type->getAsArrayTypeUnsafe())
    return syncIn(Array->getElementType(), Depth + 1);
  const RecordDecl *Record = Type->getAsRecordDecl();
  Record = Record ? Record->getDefinition() : nullptr;
  if (!Record || Record->isUnion())
    return nullptr;
  for (const FieldDecl *Field : Record->fields())
    if (const char *Name = syncIn(Field->getType(), Depth + 1))
      return Name;
  return nullptr;
}

// What is copied to make the value E: an object that somebody may use already. Null: E is made anew.
const Expr *sourceOf(const Expr *E) {
  E = E ? E->IgnoreParens() : nullptr;
  if (const auto *Construct = dyn_cast_or_null<CXXConstructExpr>(E))
    E = Construct->getConstructor()->isCopyConstructor() ? Construct->getArg(0) : nullptr;
  else if (const auto *Cast = dyn_cast_or_null<ImplicitCastExpr>(E))
    E = Cast->getCastKind() == CK_LValueToRValue ? Cast->getSubExpr() : nullptr;
  else
    E = nullptr;
  E = plain(E);
  if (!E || !E->isLValue() || isa<CompoundLiteralExpr>(E) || E->getType().isConstQualified())
    return nullptr;
  return E;
}

class Finder {
public:
  Finder(const Program &P, Report R) : P(P), R(R) {}

  void run() {
    for (const Decl *D : P.Records)
      if (const auto *F = dyn_cast<FunctionDecl>(D); F && F->isFirstDecl())
        parameters(F);
    for (const auto &B : P.Bodies)
      walk(B->Root, [&](const Stmt *S) { statement(*B, S); });
  }

private:
  void parameters(const FunctionDecl *F) {
    for (const ParmVarDecl *Param : F->parameters())
      if (const char *Name = syncIn(Param->getType())) {
        Finding Found;
        Found.Loc = Param->getLocation();
        Found.Message = "'" + Param->getNameAsString() + "' is passed by value and holds a " + Name +
                        ", which must not be copied; pass its address";
        Found.Expression = F->getNameAsString() + "(" + Param->getNameAsString() + ")";
        Found.In = P.bodyOf(F);
        R(std::move(Found));
      }
  }

  // The copy gets locks of its own afterwards.
  bool isInitialised(const Body &B, SourceLocation Loc, const VarDecl *To) {
    return To && llvm::any_of(B.Calls, [&](const Call &C) {
             return C.does(Does::InitLock) && rootOf(C.Object) == To &&
                    comesBefore(P.Ctx, Loc, C.E->getBeginLoc());
           });
  }

  void copy(const Body &B, SourceLocation Loc, const Expr *From, const VarDecl *To, const char *How) {
    const char *Name = From ? syncIn(From->getType()) : nullptr;
    if (!Name || isInitialised(B, Loc, To))
      return;
    Finding Found;
    Found.Loc = Loc;
    Found.Expression = textOf(P.Ctx, From);
    Found.Message = "'" + Found.Expression + "' " + How + " and " +
                    (syncTypeName(From->getType()) ? "is a " : "holds a ") + Name +
                    ", which must not be copied";
    Found.In = &B;
    R(std::move(Found));
  }

  void statement(const Body &B, const Stmt *S) {
    if (const auto *Declares = dyn_cast<DeclStmt>(S)) {
      for (const Decl *D : Declares->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D); Var && !Var->getType()->isReferenceType())
          copy(B, Var->getLocation(), sourceOf(Var->getInit()), Var, "is copied by this initialisation");
    } else if (const auto *Assign = dyn_cast<BinaryOperator>(S); Assign && Assign->getOpcode() == BO_Assign) {
      copy(B, Assign->getOperatorLoc(), sourceOf(Assign->getRHS()), rootOf(Assign->getLHS()),
           "is copied by this assignment");
    } else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(S);
               Operator && Operator->getOperator() == OO_Equal && Operator->getNumArgs() == 2) {
      const Expr *From = plain(Operator->getArg(1));
      if (From->isLValue() && !From->getType().isConstQualified())
        copy(B, Operator->getOperatorLoc(), From, rootOf(Operator->getArg(0)), "is copied by this assignment");
    } else if (const auto *Call = dyn_cast<CallExpr>(S)) {
      bytes(B, Call);
    }
  }

  void bytes(const Body &B, const CallExpr *Call) {
    const FunctionDecl *F = Call->getDirectCallee();
    StringRef Name = F && F->getIdentifier() ? F->getName() : "";
    Name.consume_front("__builtin_");
    Name.consume_front("__builtin___");
    if ((Name != "memcpy" && Name != "memmove") || Call->getNumArgs() < 3)
      return;
    const Expr *To = plain(Call->getArg(0)), *From = plain(Call->getArg(1));
    const QualType Pointee = From->getType()->getPointeeType(), Target = To->getType()->getPointeeType();
    // Bytes that go to or come from a buffer are no object yet.
    if (Pointee.isNull() || Target.isNull() || Pointee.isConstQualified() || !syncIn(Target) ||
        !syncIn(Pointee))
      return;
    if (isInitialised(B, Call->getBeginLoc(), rootOf(To)))
      return;
    Finding Found;
    Found.Loc = Call->getBeginLoc();
    Found.Expression = keyOf(P.Ctx, From);
    Found.Message = "'" + Found.Expression + "' is copied byte by byte and holds a " +
                    std::string(syncIn(Pointee)) + ", which must not be copied";
    Found.In = &B;
    R(std::move(Found));
  }

  const Program &P;
  Report R;
};

} // namespace

const Check redflag::lint::CopiedLock = {
    "copied-lock",
    "a mutex, condition variable, wait group or the like is copied, alone or in a structure",
    "A copy of a lock is another lock: who holds the one does not keep out who takes the other, and waiters of "
    "the "
    "first are not known to the second.",
    "Pass and keep the address of the object; give a new structure a lock of its own.",
    true,
    [](const Program &P, Report R) { Finder(P, R).run(); }};
