// The bodies of a translation unit as checks see them: functions, lambdas and the blocks of go statements, each
// with its calls. Invariant: a body's calls are those that run when it runs, and those that its go statements
// start, in the order of the source.
#ifndef REDFLAG_LINT_PROGRAM_H
#define REDFLAG_LINT_PROGRAM_H

#include "Api.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/ParentMap.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace redflag::lint {

struct Call {
  const clang::CallExpr *E = nullptr;
  const Api *What = nullptr;           // null: an unknown function
  const clang::Expr *Object = nullptr; // null: none
  std::string Key;                     // what the object is called; two calls with one key mean the same object
  bool Started = false;                // by a go statement: it runs elsewhere

  bool does(Does D) const { return What && !Started && What->What == D; }
};

struct Body;

// A thread or goroutine that a body starts.
struct Start {
  const clang::Stmt *At;
  std::string Name;                              // of what runs
  const clang::FunctionDecl *Function = nullptr; // null: a block, a lambda or unknown
  const Body *Block = nullptr;
  std::vector<const clang::Expr *> Arguments;
  bool Copies = false; // what the arguments point at
  const clang::Expr *Handle = nullptr;
  const clang::Expr *Attributes = nullptr;
};

struct Body {
  std::string Name;                              // `f`, `f.func1` for the first block or lambda in it
  const clang::FunctionDecl *Function = nullptr; // null: a block
  const clang::Decl *Owner = nullptr;            // for the graph
  const clang::Stmt *Root = nullptr;
  const clang::CapturedStmt *Block = nullptr;
  const clang::LambdaExpr *Lambda = nullptr;
  Body *Outer = nullptr;
  unsigned Blocks = 0;
  std::vector<Call> Calls;
  std::vector<Start> Starts;

  bool calls(Does D) const;
  // Any call that waits for what other threads do, after this place in the source.
  bool waitsAfter(clang::SourceLocation Loc) const;
  const Call *find(const clang::Stmt *E) const; // null: E is no call of this body
  const clang::CFG *graph(clang::ASTContext &Ctx) const;
  clang::Stmt *parent(const clang::Stmt *S) const; // null at the root
  // The innermost statement of type T around S, not beyond the body.
  template <class T> const T *around(const clang::Stmt *S) const {
    for (const clang::Stmt *P = parent(S); P; P = parent(P))
      if (const auto *Found = clang::dyn_cast<T>(P))
        return Found;
    return nullptr;
  }
  const clang::Stmt *loopAround(const clang::Stmt *S) const;
  // S is a full statement: nobody reads its value, and no cast to void says so on purpose.
  bool isDiscarded(const clang::Expr *E) const;

private:
  mutable std::unique_ptr<clang::ParentMap> Parents;
  mutable std::unique_ptr<clang::CFG> Graph;
  mutable bool HasGraph = false;
};

class Program {
public:
  Program(clang::ASTContext &Ctx, llvm::ArrayRef<clang::Decl *> TopLevel);

  clang::ASTContext &Ctx;
  std::vector<std::unique_ptr<Body>> Bodies;
  std::vector<const clang::Decl *> Records; // and other declarations beside functions
  bool StartsThreads = false;               // somewhere in this unit

  const Body *bodyOf(const clang::FunctionDecl *F) const;
  bool isStarted(const Body &B) const; // as a thread or goroutine, here

private:
  void visit(clang::Decl *D);
  void visitFunction(const clang::FunctionDecl *F);
  Body &add(Body *Outer, const clang::Decl *Owner, const clang::Stmt *Root);
  void collect(Body &B, const clang::Stmt *S);
  void collectGo(Body &B, const clang::ForStmt *For);
  void collectCall(Body &B, const clang::CallExpr *E, bool Started);
  void collectThread(Body &B, const clang::CXXConstructExpr *E);
  const Body *nestedBody(const clang::Expr *E) const;

  llvm::DenseMap<const clang::FunctionDecl *, const Body *> Functions;
  llvm::DenseMap<const clang::Stmt *, const Body *> Nested;
  llvm::DenseSet<const clang::Stmt *> StartedCalls;
};

// Visits S and what is in it, but neither lambdas nor blocks of go statements, which run elsewhere, nor what is
// never evaluated.
void walk(const clang::Stmt *S, llvm::function_ref<void(const clang::Stmt *)> Visit);

// What E names, without address-of: `q->lock` for `&q->lock`, `*p` for p.
std::string keyOf(const clang::ASTContext &Ctx, const clang::Expr *Pointer);
std::string textOf(const clang::ASTContext &Ctx, const clang::Stmt *E);
// Without parentheses and casts.
const clang::Expr *plain(const clang::Expr *E);
// The variable or field that E names, or whose part it names; null if it is not so simple.
const clang::ValueDecl *namedBy(const clang::Expr *E);
// What S assigns to, increments or decrements; null: it does nothing of that.
const clang::Expr *changedBy(const clang::Stmt *S);
// The variable whose address E is; null: it is none.
const clang::VarDecl *addressOf(const clang::Expr *E);
bool mentions(const clang::Stmt *S, const clang::ValueDecl *D);
bool isLoop(const clang::Stmt *S);
// Whether Call may do to the object that Object names what functions with that variable as argument may do.
bool passes(const clang::CallExpr *Call, const clang::Expr *Object);
// The variable at the root of `q->lock`, `locks[i]`; null: none.
const clang::VarDecl *rootOf(const clang::Expr *E);
// Names say so of functions that keep or release a lock on purpose, and the like.
bool nameHas(llvm::StringRef Name, llvm::ArrayRef<const char *> Words);
// Before in the source, macros by where they are used.
bool comesBefore(const clang::ASTContext &Ctx, clang::SourceLocation A, clang::SourceLocation B);

} // namespace redflag::lint

#endif
