// Runs checks over a translation unit, and leaves out what comments in the source ask to leave out.
#ifndef REDFLAG_LINT_LINTER_H
#define REDFLAG_LINT_LINTER_H

#include "Check.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace redflag::lint {

class Selection {
public:
  Selection(); // those that are on by default
  void set(const Check *C, bool On);
  bool has(const Check *C) const { return On.contains(C); }
  // `-NAME,+NAME`; `NAME` alone first: this one and no others. False: mistake tells what is wrong.
  bool parse(llvm::StringRef List, std::string &Mistake);

private:
  llvm::SmallPtrSet<const Check *, 32> On;
};

struct Told {
  const Check *What;
  Finding F;
  std::string Function; // that it is in; empty: none
  std::string Id;       // the same for the same mistake, whatever lines moved
};

// A comment that asks to leave findings out and does not say which or why. No check of the table: it is always
// on.
extern const Check IgnoreComment;

// In the order of the source. Each finding is told once.
std::vector<Told> lint(clang::ASTContext &Ctx, llvm::ArrayRef<clang::Decl *> TopLevel, const Selection &Wanted);

} // namespace redflag::lint

#endif
