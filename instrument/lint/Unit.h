// One translation unit: parsed, checked, and its findings written as lines.
#ifndef REDFLAG_LINT_UNIT_H
#define REDFLAG_LINT_UNIT_H

#include "Commands.h"
#include "Linter.h"
#include "llvm/Support/raw_ostream.h"

namespace redflag::lint {

struct Settings {
  Selection Wanted;
  std::string Home;              // absolute: names of files below it are relative to it
  std::string ResourceDirectory; // clang's own headers
  std::string OwnHeaders;        // redflag/go.h
  bool Plain = false;            // only parse: what the checks cost is the difference
};

// Findings, changes and notes as JSON, a line each. Changes the working directory.
void lintUnit(const Command &C, const Settings &S, llvm::raw_ostream &Out);

// A line that the parent writes to standard error.
void writeNote(llvm::raw_ostream &Out, llvm::StringRef Text);

} // namespace redflag::lint

#endif
