// Tells which functions are left alone: by attribute, or by a list that the user gave.
#ifndef REDFLAG_PASS_SKIP_H
#define REDFLAG_PASS_SKIP_H

#include "llvm/IR/Function.h"
#include "llvm/Support/SpecialCaseList.h"
#include <memory>

namespace redflag {

class Skip {
public:
  // Reads the ignore lists of the command line.
  Skip();
  bool covers(const llvm::Function &F) const;

private:
  std::unique_ptr<llvm::SpecialCaseList> Ignored; // null: no list
};

} // namespace redflag

#endif
