// Blocks of go statements: which locals they capture, and whether these can live on without their function.
#include "GoBlocks.h"
#include "GoCheck.h"
#include "Versions.h"
#include "clang/AST/Attr.h"
#include "clang/AST/RecursiveASTVisitor.h"

using namespace clang;
using namespace redflag;

const CapturedStmt *redflag::goBlock(const ForStmt *For) { return dyn_cast<CapturedStmt>(For->getBody()); }

// The function, method or block literal whose locals D are.
static const DeclContext *functionOf(const DeclContext *D) {
  while (isa<CapturedDecl>(D))
    D = D->getParent();
  return D;
}

// Why a block cannot capture Var, null if it can.
static const char *whyNot(ASTContext &Ctx, const VarDecl *Var, const CapturedStmt *Block) {
  QualType Type = Var->getType();
  if (functionOf(Var->getDeclContext()) != functionOf(Block->getCapturedDecl()))
    return "a go block cannot capture %0 through a lambda or block literal; copy it to a local first";
  if (Type->isVariablyModifiedType())
    return "a go block cannot capture %0, whose type has a variable length";
  if (Type.isDestructedType() != QualType::DK_none)
    return "a go block cannot capture %0, which has a destructor; use redflag::go";
  if (Var->hasAttr<CleanupAttr>())
    return "a go block cannot capture %0, which is cleaned up at the end of its scope";
  if (isa<ParmVarDecl>(Var) && Type->isRecordType() && !Type.isTriviallyCopyableType(Ctx))
    return "a go block cannot capture the parameter %0, whose class is not trivially copyable; use redflag::go";
  return nullptr;
}

static DiagnosticBuilder report(ASTContext &Ctx, SourceLocation Loc, StringRef Text) {
  DiagnosticsEngine &Diags = Ctx.getDiagnostics();
  return Diags.Report(Loc, Diags.getDiagnosticIDs()->getCustomDiagID(DiagnosticIDs::Error, Text));
}

namespace {

// Names of types whose length a block would have to get from its function.
class LengthChecker : public RecursiveASTVisitor<LengthChecker> {
public:
  LengthChecker(ASTContext &Ctx, const CapturedStmt *Block) : Ctx(Ctx), Block(Block) {}

  // A block in the block has been, or will be, looked at by itself.
  bool TraverseCapturedStmt(CapturedStmt *) { return true; }
  bool VisitTypedefTypeLoc(TypedefTypeLoc Type) {
#if REDFLAG_LLVM_22
    const TypedefNameDecl *Name = Type.getDecl();
#else
    const TypedefNameDecl *Name = Type.getTypedefNameDecl();
#endif
    if (Name->getUnderlyingType()->isVariablyModifiedType() &&
        !Block->getCapturedDecl()->Encloses(Name->getDeclContext()))
      report(Ctx, Type.getBeginLoc(), "a go block cannot use %0, whose length varies") << Name;
    return true;
  }

private:
  ASTContext &Ctx;
  const CapturedStmt *Block;
};

} // namespace

// The pass finds the variable by an annotation, which stands in the code where the variable comes to life.
static void mark(ASTContext &Ctx, VarDecl *Var) {
  for (const auto *A : Var->specific_attrs<AnnotateAttr>())
    if (A->getAnnotation() == CapturedMark)
      return;
  Var->addAttr(AnnotateAttr::CreateImplicit(Ctx, CapturedMark, nullptr, 0));
}

static void checkVariable(ASTContext &Ctx, const CapturedStmt *Block, const CapturedStmt::Capture &C) {
  VarDecl *Var = C.getCapturedVar();
  if (Var->getType()->isReferenceType()) // is as good as what it refers to
    return;
  if (const char *Why = whyNot(Ctx, Var, Block)) {
    report(Ctx, C.getLocation(), Why) << Var;
    return;
  }
  mark(Ctx, Var);
  if (!isa<ParmVarDecl>(Var))
    Var->setNRVOVariable(false); // the caller's memory for the result does not live on
}

void redflag::checkGoBlock(ASTContext &Ctx, const ForStmt *For) {
  const CapturedStmt *Block = goBlock(For);
  mark(Ctx, const_cast<VarDecl *>(cast<VarDecl>(cast<DeclStmt>(For->getInit())->getSingleDecl())));
  for (const CapturedStmt::Capture &C : Block->captures())
    if (C.capturesVariable())
      checkVariable(Ctx, Block, C);
  LengthChecker(Ctx, Block).TraverseStmt(const_cast<Stmt *>(Block->getCapturedStmt()));
}
