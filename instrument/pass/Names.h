// Names from debug information, as the programmer would write them.
#ifndef REDFLAG_PASS_NAMES_H
#define REDFLAG_PASS_NAMES_H

#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Function.h"
#include <string>

namespace redflag {

std::string functionName(const llvm::DISubprogram *SP); // `queue<int>::push`
std::string functionName(const llvm::Function &F);      // also without debug information
std::string variableName(const llvm::DIVariable *Var);  // `ns::counter`
std::string typeName(const llvm::DIType *Type);         // `struct foo`, `char[16]`
// As on the command line: relative names stay relative.
std::string fileName(const llvm::DIFile *File, const llvm::DICompileUnit *Unit);

} // namespace redflag

#endif
