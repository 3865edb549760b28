// Emits the check of one plain access: inline for small ones, a call for the others.
#ifndef REDFLAG_PASS_CHECK_H
#define REDFLAG_PASS_CHECK_H

#include "Access.h"
#include "Entries.h"
#include "Placement.h"
#include "Sites.h"

namespace redflag {

class Check {
public:
  Check(llvm::Module &M, Entries &E, Sites &S) : M(M), E(E), S(S) {}

  // How the checks of the function at hand are made; null: all inline.
  void use(const Placement *P) { Where = P; }

  // Checks A in front of A.I. Splits the block of A.I; what stood before it stays in the old block.
  void emit(const Access &A);
  // Checks Bytes (i64) bytes from Ptr at B's place, by a call.
  void emitRange(llvm::IRBuilderBase &B, llvm::Value *Ptr, llvm::Value *Bytes, bool IsWrite,
                 llvm::Constant *Site);

private:
  // Whether the cell misses what this access needs: an i1.
  llvm::Value *missing(llvm::IRBuilderBase &B, const Access &A, const TlsState &State);
  // The same for several granules, or for an access that may cross from one into the next.
  llvm::Value *missingWide(llvm::IRBuilderBase &B, const Access &A, const TlsState &State);
  llvm::Value *difference(llvm::IRBuilderBase &B, llvm::Value *Address, const TlsState &State);
  llvm::Value *wanted(llvm::IRBuilderBase &B, const Access &A, llvm::Value *Address);
  llvm::SmallVector<llvm::Value *, 3> arguments(llvm::IRBuilderBase &B, const Access &A, llvm::Constant *Site);
  // Checks by calling a function that does what else is done inline.
  void callOutlined(const Access &A, llvm::Constant *Site);
  llvm::Function *outlined(uint64_t Bytes, bool IsWrite);
  void buildOutlined(llvm::Function *F, uint64_t Bytes, bool IsWrite);

  llvm::Module &M;
  Entries &E;
  Sites &S;
  const Placement *Where = nullptr;
};

} // namespace redflag

#endif
