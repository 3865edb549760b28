// Walks the user's code once: collects the texts of accesses, marks functions that are not to be instrumented,
// checks go statements.
#ifndef REDFLAG_PASS_TEXTCOLLECTOR_H
#define REDFLAG_PASS_TEXTCOLLECTOR_H

#include "SourceTexts.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "llvm/ADT/DenseMap.h"

namespace redflag {

class TextCollector : public clang::RecursiveASTVisitor<TextCollector> {
public:
  TextCollector(clang::ASTContext &Ctx, SourceTexts &Texts);
  void collect(clang::Decl *D);

  // Instantiations come to the consumer one by one, as declarations of their own.
  bool shouldVisitTemplateInstantiations() const { return false; }
  bool shouldVisitImplicitCode() const { return false; }
  bool shouldVisitLambdaBody() const { return true; }

  bool TraverseDecl(clang::Decl *D);
  bool TraverseStmt(clang::Stmt *S, DataRecursionQueue *Queue = nullptr);
  bool VisitFunctionDecl(clang::FunctionDecl *F);
  bool VisitVarDecl(clang::VarDecl *V);
  bool VisitCXXConstructorDecl(clang::CXXConstructorDecl *D);
  bool VisitCastExpr(clang::CastExpr *E);
  bool VisitBinaryOperator(clang::BinaryOperator *E);
  bool VisitUnaryOperator(clang::UnaryOperator *E);
  bool VisitCallExpr(clang::CallExpr *E);
  bool VisitCXXNewExpr(clang::CXXNewExpr *E);
  bool VisitCXXConstructExpr(clang::CXXConstructExpr *E);
  bool VisitAtomicExpr(clang::AtomicExpr *E);
  bool VisitForStmt(clang::ForStmt *S);
  bool VisitWhileStmt(clang::WhileStmt *S);
  bool VisitDoStmt(clang::DoStmt *S);

private:
  void add(TextKind Kind, clang::SourceLocation Loc, std::string Expr, clang::QualType Type, bool Update = false,
           bool Polled = false);
  void addUpdate(clang::SourceLocation Loc, const clang::Expr *E);
  void notePolled(const clang::Expr *Condition, const clang::Stmt *Body);
  bool isUpdate(const clang::BinaryOperator *E, llvm::StringRef Left) const;
  std::string text(const clang::Expr *E) const;
  std::string macroText(clang::SourceLocation Loc) const;
  void addAllocation(clang::SourceLocation Loc, std::string Callee, clang::QualType Type, bool IsArray,
                     bool IsCallers = false);
  bool addBlock(const clang::CallExpr *E, std::string Name);
  void noteCast(const clang::CastExpr *E);
  std::string calleeText(const clang::CallExpr *E) const;
  bool inSystemCode(clang::SourceLocation Loc) const;

  clang::ASTContext &Ctx;
  const clang::SourceManager &SM;
  clang::PrintingPolicy Policy;
  SourceTexts &Texts;
  llvm::DenseMap<const clang::CallExpr *, clang::QualType> Casts; // of calls that return blocks: to pointers to what
};

} // namespace redflag

#endif
