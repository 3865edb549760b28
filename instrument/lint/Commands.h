// How each file is compiled, from a compilation database or a command line.
#ifndef REDFLAG_LINT_COMMANDS_H
#define REDFLAG_LINT_COMMANDS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace redflag::lint {

struct Command {
  std::string Directory, File;        // File: absolute
  std::vector<std::string> Arguments; // with the compiler first
};

using Tell = llvm::function_ref<void(std::string)>; // one line, without a newline

// Reads DIRECTORY/compile_commands.json, or the file itself. False: nothing of it can be used, which was told.
// Entries that are wrong are told and left out.
bool readDatabase(llvm::StringRef Path, std::vector<Command> &Into, Tell T);

// The arguments for clang's front end: without output, dependencies, plugins, other inputs, and what clang does
// not know, which is told in one line. Response files are read.
std::vector<std::string> frontendArguments(const Command &C, llvm::StringRef ResourceDirectory,
                                           llvm::StringRef OwnHeaders, Tell T);

std::string absolutePath(llvm::StringRef Directory, llvm::StringRef Path);

} // namespace redflag::lint

#endif
