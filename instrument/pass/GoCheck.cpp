#include "GoCheck.h"

using namespace clang;
using namespace redflag;

void redflag::checkGo(ASTContext &Ctx, const ForStmt *For) {}
