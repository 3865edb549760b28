// Checks of what reads or writes many bytes at once: memory intrinsics, masked and scattered vector accesses,
// arguments passed by copy.
#ifndef REDFLAG_PASS_MEMOPS_H
#define REDFLAG_PASS_MEMOPS_H

#include "Access.h"
#include "Check.h"
#include "Entries.h"
#include "Sites.h"

namespace redflag {

struct X86Masked;

class MemOps {
public:
  MemOps(Entries &E, Sites &S, Check &C) : E(E), S(S), C(C) {}
  // May replace Call.
  void emit(llvm::CallBase *Call, Escape &Esc);

private:
  void emitMemIntrinsic(llvm::MemIntrinsic *I, Escape &Esc);
  void emitSmall(llvm::MemIntrinsic *I, uint64_t Bytes, Escape &Esc);
  void emitByVal(llvm::CallBase *Call, Escape &Esc);
  void emitMasked(llvm::IntrinsicInst *I);
  void emitX86(llvm::IntrinsicInst *I, const X86Masked &M);

  Entries &E;
  Sites &S;
  Check &C;
};

} // namespace redflag

#endif
