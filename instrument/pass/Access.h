// Finds what in a function is to be checked, and tells what needs no check because it cannot race.
#ifndef REDFLAG_PASS_ACCESS_H
#define REDFLAG_PASS_ACCESS_H

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include <optional>

namespace redflag {

// A plain load or store of a fixed number of bytes.
struct Access {
  llvm::Instruction *I;
  llvm::Value *Ptr;
  uint64_t Bytes;
  llvm::Align Alignment;
  bool IsWrite;
  llvm::Value *Stored; // null for reads
  std::optional<unsigned> Low = std::nullopt; // the last three bits of its address, if other accesses tell (Positions.h)
};

// Everything in one function that instrumentation acts on, in program order.
struct FunctionPlan {
  llvm::SmallVector<Access, 32> Plain;
  llvm::SmallVector<Access, 0> Lanes; // of vector loads that use only some of what they load
  llvm::SmallVector<llvm::StoreInst *, 2> VptrStores;
  llvm::SmallVector<llvm::Instruction *, 8> Atomics;
  llvm::SmallVector<llvm::CallBase *, 8> MemOps; // memcpy & co, masked and scattered accesses, byval arguments
  llvm::SmallVector<llvm::CallBase *, 16> Calls; // to code that may have a frame of its own
  bool Spawns = false;                           // starts goroutines, whose reports show our stack

  bool empty() const {
    return Plain.empty() && Lanes.empty() && VptrStores.empty() && Atomics.empty() && MemOps.empty() && Calls.empty() && !Spawns;
  }
};

// Answers, for one function, whether memory can be seen by another thread.
class Escape {
public:
  // Whether an access through Ptr can be one half of a race.
  bool mayRace(const llvm::Value *Ptr, bool IsWrite);
  bool captured(const llvm::Value *Object);

private:
  llvm::DenseMap<const llvm::Value *, bool> Captured;
};

// Anything that could order this thread after or before another, or never come back.
bool maySynchronise(const llvm::Instruction &I);

FunctionPlan planFunction(llvm::Function &F, Escape &Esc);

} // namespace redflag

#endif
