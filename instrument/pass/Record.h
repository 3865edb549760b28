// Recording mode: before each plain access, whether it will be checked or not, a call that notes it. The judge of
// test/record compares what the checks find with what the accesses say.
#ifndef REDFLAG_PASS_RECORD_H
#define REDFLAG_PASS_RECORD_H

#include "llvm/IR/Function.h"

namespace redflag {

// To be done before accesses are planned. The calls neither capture what they are given nor synchronise, so that
// they change nothing of the plan.
void recordAccesses(llvm::Function &F);
bool isRecordCall(const llvm::Instruction &I);

} // namespace redflag

#endif
