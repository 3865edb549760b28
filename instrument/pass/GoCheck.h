// Checks of `go` statements on the AST: errors with a caret instead of surprises in the pass.
#ifndef REDFLAG_PASS_GOCHECK_H
#define REDFLAG_PASS_GOCHECK_H

#include "clang/AST/ASTContext.h"
#include "clang/AST/Stmt.h"

namespace redflag {

// Reports what is wrong with For if it is a go statement.
void checkGo(clang::ASTContext &Ctx, const clang::ForStmt *For);

} // namespace redflag

#endif
