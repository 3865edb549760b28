// Checks of `go` statements on the AST: errors with a caret instead of surprises in the pass.
#ifndef REDFLAG_PASS_GOCHECK_H
#define REDFLAG_PASS_GOCHECK_H

#include "clang/AST/ASTContext.h"
#include "clang/AST/Stmt.h"

namespace redflag {

// The marker call if For is a go statement, else null.
const clang::CallExpr *goMarker(const clang::ForStmt *For);
// The block of the go statement For; null: it starts a call.
const clang::CapturedStmt *goBlock(const clang::ForStmt *For);
// Reports what is wrong with the go statement For. Its call, or null after an error.
const clang::CallExpr *checkGo(clang::ASTContext &Ctx, const clang::ForStmt *For);
// The same for a go statement with a block. Marks the statement, and the locals that it captures, for the pass.
void checkGoBlock(clang::ASTContext &Ctx, const clang::ForStmt *For);

} // namespace redflag

#endif
