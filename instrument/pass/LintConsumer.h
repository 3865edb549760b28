// Checks of sources as warnings of the compiler (-Wredflag).
#ifndef REDFLAG_PASS_LINTCONSUMER_H
#define REDFLAG_PASS_LINTCONSUMER_H

#include "clang/AST/ASTConsumer.h"
#include "clang/Frontend/CompilerInstance.h"
#include <memory>
#include <string>
#include <vector>

namespace redflag {

// For arguments such as -Wredflag, -Wno-redflag-copied-lock, -Werror=redflag, in order. Null: no check is on,
// or an argument is wrong, which was told.
std::unique_ptr<clang::ASTConsumer> lintConsumer(clang::CompilerInstance &CI,
                                                 const std::vector<std::string> &Arguments);

} // namespace redflag

#endif
