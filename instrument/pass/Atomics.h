// Replaces atomic operations by calls of the runtime, which checks and performs them.
#ifndef REDFLAG_PASS_ATOMICS_H
#define REDFLAG_PASS_ATOMICS_H

#include "Entries.h"
#include "Sites.h"
#include "llvm/IR/Instructions.h"

namespace redflag {

class Atomics {
public:
  Atomics(Entries &E, Sites &S) : E(E), S(S) {}
  // Erases I.
  void emit(llvm::Instruction *I);

private:
  void emitLoad(llvm::LoadInst *I);
  void emitStore(llvm::StoreInst *I);
  void emitRmw(llvm::AtomicRMWInst *I);
  void emitRmwLoop(llvm::AtomicRMWInst *I);
  void emitCas(llvm::AtomicCmpXchgInst *I);
  void emitFence(llvm::FenceInst *I);
  void emitLibcall(llvm::CallInst *I);

  Entries &E;
  Sites &S;
};

} // namespace redflag

#endif
