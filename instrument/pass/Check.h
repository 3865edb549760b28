// Emits the check of one plain access: inline for small ones, a call for the others.
#ifndef REDFLAG_PASS_CHECK_H
#define REDFLAG_PASS_CHECK_H

#include "Access.h"
#include "Entries.h"
#include "Sites.h"

namespace redflag {

class Check {
public:
  Check(Entries &E, Sites &S) : E(E), S(S) {}

  // Checks A in front of A.I. Splits the block of A.I; what stood before it stays in the old block.
  void emit(const Access &A);
  // Checks Bytes (i64) bytes from Ptr at B's place, by a call.
  void emitRange(llvm::IRBuilderBase &B, llvm::Value *Ptr, llvm::Value *Bytes, bool IsWrite,
                 llvm::Constant *Site);

private:
  // Whether the cell misses what this access needs: an i1.
  llvm::Value *missing(llvm::IRBuilderBase &B, const Access &A);
  // The same for several granules, or for an access that may cross from one into the next.
  llvm::Value *missingWide(llvm::IRBuilderBase &B, const Access &A);
  llvm::Value *difference(llvm::IRBuilderBase &B, llvm::Value *Address, llvm::Value *State[3]);
  llvm::Value *wanted(llvm::IRBuilderBase &B, const Access &A, llvm::Value *Address);
  llvm::Value *loadTls(llvm::IRBuilderBase &B, Entries::TlsField Field);
  void callSlow(llvm::Instruction *Before, const Access &A, llvm::Constant *Site);

  Entries &E;
  Sites &S;
};

} // namespace redflag

#endif
