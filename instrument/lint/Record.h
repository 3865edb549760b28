// Findings as lines of a report file (docs/schema/redflag-report-1.json), and what else a worker has to say.
#ifndef REDFLAG_LINT_RECORD_H
#define REDFLAG_LINT_RECORD_H

#include "Linter.h"
#include "llvm/Support/JSON.h"

namespace redflag::lint {

// `lint: copied lock`
std::string kindOf(const Check &C);
// home: names of files below it are relative to it.
llvm::json::Object record(const clang::SourceManager &SM, const Told &T, llvm::StringRef Home);
// The change as {type: fix, file, offset, length, text}, for the parent alone. False: it cannot be made.
bool recordFix(const clang::SourceManager &SM, const clang::LangOptions &Options, const clang::FixItHint &Hint,
               llvm::json::Object &Into);

} // namespace redflag::lint

#endif
