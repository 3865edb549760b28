#include "Check.h"

using namespace redflag::lint;

llvm::ArrayRef<const Check *> redflag::lint::checks() {
  static const Check *const All[] = {
      &CopiedLock,      &DeadFrame,      &DoubleChecked, &LockTwice,          &LoopVariable,    &LostContext,
      &MissingDone,     &MissingUnlock,  &MixedAtomic,   &SelfAssignedAtomic, &SleepAsWait,     &TryLockMisuse,
      &CreateUnchecked, &UnjoinedThread, &UnlockOrder,   &VolatileSync,       &WaitWithoutLoop, &WgAddInside};
  return All;
}

const Check *redflag::lint::checkNamed(llvm::StringRef Name) {
  for (const Check *C : checks())
    if (Name == C->Name)
      return C;
  return nullptr;
}
