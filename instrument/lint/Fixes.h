// Changes of source files that mend findings.
#ifndef REDFLAG_LINT_FIXES_H
#define REDFLAG_LINT_FIXES_H

#include "Commands.h"
#include "llvm/Support/JSON.h"
#include <map>
#include <set>
#include <tuple>

namespace redflag::lint {

class Fixes {
public:
  void add(const llvm::json::Object &Fix); // as recordFix made it
  // Rewrites the files, whole or not at all. Returns how many changes were made.
  unsigned apply(Tell T) const;

private:
  using Change = std::tuple<uint64_t, uint64_t, std::string>; // offset, length, text
  std::map<std::string, std::set<Change>> ByFile;             // a header's are found by many units
};

} // namespace redflag::lint

#endif
