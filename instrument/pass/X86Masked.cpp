#include "X86Masked.h"

using namespace llvm;
using namespace redflag;

static uint64_t constant(const Value *V) { return cast<ConstantInt>(V)->getZExtValue(); }

// Lanes: as many as the shorter of value and index has, for an index of 64 bits may serve half of a vector of 32.
static X86Masked indexed(const IntrinsicInst &I, Type *Ty, unsigned Base, unsigned Index, unsigned Mask, bool IsWrite) {
  auto *Lane = cast<FixedVectorType>(Ty);
  auto *Indices = cast<FixedVectorType>(I.getArgOperand(Index)->getType());
  return {I.getArgOperand(Base),
          I.getArgOperand(Mask),
          I.getArgOperand(Index),
          constant(I.getArgOperand(4)),
          Lane->getScalarSizeInBits() / 8,
          std::min(Lane->getNumElements(), Indices->getNumElements()),
          IsWrite};
}

std::optional<X86Masked> X86Masked::describe(const IntrinsicInst &I) {
  StringRef Name = I.getCalledFunction()->getName();
  if (!Name.consume_front("llvm.x86.avx"))
    return std::nullopt;
  if (Name.starts_with(".maskload.") || Name.starts_with("2.maskload.")) { // (address, mask)
    auto *Ty = cast<FixedVectorType>(I.getType());
    return X86Masked{I.getArgOperand(0), I.getArgOperand(1), nullptr, 0, Ty->getScalarSizeInBits() / 8,
                     Ty->getNumElements(), false};
  }
  if (Name.starts_with(".maskstore.") || Name.starts_with("2.maskstore.")) { // (address, mask, value)
    auto *Ty = cast<FixedVectorType>(I.getArgOperand(2)->getType());
    return X86Masked{I.getArgOperand(0), I.getArgOperand(1), nullptr, 0, Ty->getScalarSizeInBits() / 8,
                     Ty->getNumElements(), true};
  }
  if (Name.starts_with("2.gather.") || Name.starts_with("512.mask.gather")) // (pass-through, base, index, mask, scale)
    return indexed(I, I.getType(), 1, 2, 3, false);
  if (Name.starts_with("512.mask.scatter")) // (base, mask, index, value, scale)
    return indexed(I, I.getArgOperand(3)->getType(), 0, 2, 1, true);
  return std::nullopt;
}

Value *X86Masked::active(IRBuilderBase &B, unsigned Lane) const {
  Value *Of = B.CreateExtractElement(Mask, Lane);
  if (Of->getType()->isIntegerTy(1))
    return Of;
  Value *Bits = B.CreateBitCast(Of, B.getIntNTy(Of->getType()->getPrimitiveSizeInBits()));
  return B.CreateICmpSLT(Bits, ConstantInt::get(Bits->getType(), 0));
}

Value *X86Masked::address(IRBuilderBase &B, unsigned Lane) const {
  if (!Index)
    return B.CreateConstGEP1_64(B.getInt8Ty(), Base, Lane * LaneBytes);
  Value *At = B.CreateSExtOrTrunc(B.CreateExtractElement(Index, Lane), B.getInt64Ty());
  return B.CreateGEP(B.getInt8Ty(), Base, B.CreateMul(At, B.getInt64(Scale)));
}
