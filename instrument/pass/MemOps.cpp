#include "MemOps.h"
#include "Versions.h"
#include "X86Masked.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;
using namespace redflag;

// Up to here the intrinsic becomes a few moves, which a call would spoil.
static constexpr uint64_t InlineBytes = 64;

void MemOps::emitSmall(MemIntrinsic *I, uint64_t Bytes, Escape &Esc) {
  if (auto *Transfer = dyn_cast<MemTransferInst>(I))
    if (Esc.mayRace(Transfer->getRawSource(), false))
      C.emit({I, Transfer->getRawSource(), Bytes, Transfer->getSourceAlign().valueOrOne(), false, nullptr});
  if (Esc.mayRace(I->getRawDest(), true))
    C.emit({I, I->getRawDest(), Bytes, I->getDestAlign().valueOrOne(), true,
            ConstantInt::get(Type::getInt64Ty(I->getContext()), 0)});
}

void MemOps::emitMemIntrinsic(MemIntrinsic *I, Escape &Esc) {
  auto *Length = dyn_cast<ConstantInt>(I->getLength());
  bool Reads = isa<MemTransferInst>(I) && Esc.mayRace(cast<MemTransferInst>(I)->getRawSource(), false);
  bool Writes = Esc.mayRace(I->getRawDest(), true);
  if (!Reads && !Writes)
    return;
  if (Length && Length->isZero())
    return;
  if (Length && Length->getValue().ule(InlineBytes))
    return emitSmall(I, Length->getZExtValue(), Esc);
  IRBuilder<> B(I);
  Value *Bytes = B.CreateZExtOrTrunc(I->getLength(), B.getInt64Ty());
  bool IsInline = I->getIntrinsicID() == Intrinsic::memcpy_inline ||
                  I->getIntrinsicID() == Intrinsic::memset_inline;
  if (IsInline || !Writes || (isa<MemTransferInst>(I) && !Reads)) {
    // One side is private, or the copy must stay where it is: check, and leave the copy alone.
    if (Reads)
      C.emitRange(B, cast<MemTransferInst>(I)->getRawSource(), Bytes, false, S.site(*I, RF_SITE_READ, 0));
    if (Writes)
      C.emitRange(B, I->getRawDest(), Bytes, true, S.site(*I, RF_SITE_WRITE, 0));
    return;
  }
  Constant *Site = S.site(*I, RF_SITE_WRITE, 0);
  if (auto *Set = dyn_cast<MemSetInst>(I))
    E.call(B, "__rf_memset", {I->getRawDest(), B.CreateZExt(Set->getValue(), B.getInt32Ty()), Bytes, Site});
  else
    E.call(B, isa<MemMoveInst>(I) ? "__rf_memmove" : "__rf_memcpy",
           {I->getRawDest(), cast<MemTransferInst>(I)->getRawSource(), Bytes, Site});
  I->eraseFromParent();
}

void MemOps::emitByVal(CallBase *Call, Escape &Esc) {
  for (unsigned N = 0; N < Call->arg_size(); ++N) {
    if (!Call->isByValArgument(N) || !Esc.mayRace(Call->getArgOperand(N), false))
      continue;
    IRBuilder<> B(Call);
    uint64_t Bytes = Call->getDataLayout().getTypeStoreSize(Call->getParamByValType(N));
    C.emitRange(B, Call->getArgOperand(N), B.getInt64(Bytes), false, S.site(*Call, RF_SITE_READ, Bytes));
  }
}

void MemOps::emit(CallBase *Call, Escape &Esc) {
  if (auto *I = dyn_cast<MemIntrinsic>(Call))
    emitMemIntrinsic(I, Esc);
  else if (auto *I = dyn_cast<IntrinsicInst>(Call)) {
    if (auto X86 = X86Masked::describe(*I))
      emitX86(I, *X86);
    else
      emitMasked(I);
  }
  else
    emitByVal(Call, Esc);
}

void MemOps::emitX86(IntrinsicInst *I, const X86Masked &M) {
  Constant *Site = S.site(*I, M.IsWrite ? RF_SITE_WRITE : RF_SITE_READ, M.LaneBytes);
  for (unsigned Lane = 0; Lane < M.Lanes; ++Lane) {
    IRBuilder<> B(I);
    Value *Active = M.active(B, Lane);
    if (auto *Known = dyn_cast<ConstantInt>(Active); Known && Known->isZero())
      continue;
    if (!isa<ConstantInt>(Active))
      B.SetInsertPoint(SplitBlockAndInsertIfThen(Active, I, /*Unreachable=*/false));
    B.SetCurrentDebugLocation(I->getDebugLoc());
    C.emitRange(B, M.address(B, Lane), B.getInt64(M.LaneBytes), M.IsWrite, Site);
  }
}

namespace {

// The operands that matter of a masked intrinsic.
struct Masked {
  Value *Ptr, *Mask;
  FixedVectorType *Ty; // null when scalable
  bool IsWrite;
  bool Compact; // expandload and compressstore: active lanes are adjacent in memory
};

} // namespace

static Masked describe(IntrinsicInst *I) {
  bool IsWrite = I->getType()->isVoidTy();
  Type *Ty = IsWrite ? I->getArgOperand(0)->getType() : I->getType();
  auto *Fixed = dyn_cast<FixedVectorType>(Ty);
  switch (I->getIntrinsicID()) {
  case Intrinsic::masked_load:
  case Intrinsic::masked_gather: // (address, alignment, mask, pass-through); LLVM 22 has no alignment there
    return {I->getArgOperand(0), I->getArgOperand(MaskAfterPointer), Fixed, false, false};
  case Intrinsic::masked_store:
  case Intrinsic::masked_scatter: // (value, address, alignment, mask)
    return {I->getArgOperand(1), I->getArgOperand(1 + MaskAfterPointer), Fixed, true, false};
  case Intrinsic::masked_expandload: // (address, mask, pass-through)
    return {I->getArgOperand(0), I->getArgOperand(1), Fixed, false, true};
  default: // masked_compressstore (value, address, mask)
    return {I->getArgOperand(1), I->getArgOperand(2), Fixed, true, true};
  }
}

static Value *laneAddress(IRBuilderBase &B, const Masked &M, unsigned Lane) {
  if (M.Ptr->getType()->isVectorTy())
    return B.CreateExtractElement(M.Ptr, Lane);
  return B.CreateConstGEP1_64(M.Ty->getElementType(), M.Ptr, Lane);
}

// How many lanes are active, times the bytes of one.
static Value *activeBytes(IRBuilderBase &B, const Masked &M, uint64_t LaneBytes) {
  Value *Bits = B.CreateBitCast(M.Mask, B.getIntNTy(M.Ty->getNumElements()));
  Value *Count = B.CreateUnaryIntrinsic(Intrinsic::ctpop, Bits);
  return B.CreateMul(B.CreateZExtOrTrunc(Count, B.getInt64Ty()), B.getInt64(LaneBytes));
}

void MemOps::emitMasked(IntrinsicInst *I) {
  Masked M = describe(I);
  if (!M.Ty)
    return;
  uint64_t LaneBytes = I->getDataLayout().getTypeStoreSize(M.Ty->getElementType());
  Constant *Site = S.site(*I, M.IsWrite ? RF_SITE_WRITE : RF_SITE_READ, LaneBytes);
  if (M.Compact) {
    IRBuilder<> B(I);
    C.emitRange(B, M.Ptr, activeBytes(B, M, LaneBytes), M.IsWrite, Site);
    return;
  }
  for (unsigned Lane = 0; Lane < M.Ty->getNumElements(); ++Lane) {
    IRBuilder<> B(I);
    Value *Active = B.CreateExtractElement(M.Mask, Lane);
    if (auto *Known = dyn_cast<ConstantInt>(Active); Known && Known->isZero())
      continue;
    Value *Address = laneAddress(B, M, Lane);
    if (!isa<ConstantInt>(Active))
      B.SetInsertPoint(SplitBlockAndInsertIfThen(Active, I, /*Unreachable=*/false));
    B.SetCurrentDebugLocation(I->getDebugLoc());
    C.emitRange(B, Address, B.getInt64(LaneBytes), M.IsWrite, Site);
  }
}
