// What a check is, and what it finds.
#ifndef REDFLAG_LINT_CHECK_H
#define REDFLAG_LINT_CHECK_H

#include "Program.h"
#include "clang/Basic/Diagnostic.h"

namespace redflag::lint {

struct Related {
  clang::SourceLocation Loc;
  std::string What; // `locked here`
};

struct Finding {
  clang::SourceLocation Loc;
  std::string Message;
  std::string Expression; // what it is about; goes into the id
  const Body *In = nullptr;
  std::vector<Related> Places;
  std::vector<clang::FixItHint> Fixes; // only what mends for certain
};

using Report = llvm::function_ref<void(Finding)>;

struct Check {
  const char *Name, *About, *Why, *Mend; // About: a line of --checks=help
  bool OnByDefault;
  void (*Run)(const Program &P, Report R);
};

// All, by name. The definitions are in checks/.
llvm::ArrayRef<const Check *> checks();
const Check *checkNamed(llvm::StringRef Name);

extern const Check CopiedLock, CreateUnchecked, DeadFrame, DoubleChecked, LockTwice, LoopVariable, LostContext,
    MissingDone, MissingUnlock, MixedAtomic, SelfAssignedAtomic, SleepAsWait, TryLockMisuse, UnjoinedThread,
    UnlockOrder, VolatileSync, WaitWithoutLoop, WgAddInside;

} // namespace redflag::lint

#endif
