// Emits the shadow call stack of one function: its frame, its escaping locals, the site of each call.
#ifndef REDFLAG_PASS_FRAME_H
#define REDFLAG_PASS_FRAME_H

#include "Access.h"
#include "Entries.h"
#include "Sites.h"

namespace redflag {

// Invariant: between entry and exit of an instrumented function tls.sp is its frame + 1; the frame's own
// address lives in a register or stack slot of the function, so that leaving by exception or longjmp needs no
// unwinding.
void emitFrame(llvm::Function &F, const FunctionPlan &Plan, Escape &Esc, Entries &E, Sites &S);

} // namespace redflag

#endif
