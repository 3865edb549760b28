// The masked and gathered accesses of AVX, AVX2 and AVX-512 that Clang passes on as intrinsics of the target: their
// masks are sign bits, and LLVM turns into generic intrinsics only those whose mask is a constant.
#ifndef REDFLAG_PASS_X86MASKED_H
#define REDFLAG_PASS_X86MASKED_H

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include <optional>

namespace redflag {

struct X86Masked {
  llvm::Value *Base, *Mask;
  llvm::Value *Index; // null: the lanes are adjacent
  uint64_t Scale;     // of Index, in bytes
  uint64_t LaneBytes;
  unsigned Lanes;
  bool IsWrite;

  static std::optional<X86Masked> describe(const llvm::IntrinsicInst &I);
  // Whether this lane is accessed: an i1.
  llvm::Value *active(llvm::IRBuilderBase &B, unsigned Lane) const;
  llvm::Value *address(llvm::IRBuilderBase &B, unsigned Lane) const;
};

} // namespace redflag

#endif
