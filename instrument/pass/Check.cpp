#include "Check.h"
#include "Versions.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/Support/KnownBits.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;
using namespace redflag;

static KnownBits lowBits(const Access &A) {
  if (A.Low)
    return KnownBits::makeConstant(APInt(3, *A.Low));
  KnownBits Known = computeKnownBits(A.Ptr, A.I->getDataLayout());
  KnownBits Low = Known.trunc(3);
  unsigned Log = std::min(3u, Log2(A.Alignment));
  APInt Zero = APInt::getLowBitsSet(3, Log);
  // What the access claims wins: it is undefined behaviour for the address to differ.
  Low.Zero |= Zero;
  Low.One &= ~Zero;
  return Low;
}

// Inside one granule whatever the unknown bits are?
static bool fitsGranule(const Access &A) {
  if (A.Bytes != 1 && A.Bytes != 2 && A.Bytes != 4 && A.Bytes != 8)
    return false;
  return A.Alignment.value() >= A.Bytes || lowBits(A).getMaxValue().getZExtValue() + A.Bytes <= 8;
}

// The bits of RF_CHECK_IMM for this access.
Value *Check::wanted(IRBuilderBase &B, const Access &A, Value *Address) {
  uint64_t Kind = RF_CELL_PLAIN | (A.IsWrite ? RF_CELL_WRITE : 0);
  uint64_t SizeBits = (UINT64_C(1) << A.Bytes) - 1;
  KnownBits Low = lowBits(A);
  if (Low.isConstant())
    return B.getInt64(RF_CHECK_IMM(Kind, SizeBits << Low.getConstant().getZExtValue()));
  if (A.Bytes == 8)
    return B.getInt64(RF_CHECK_IMM(Kind, SizeBits));
  Value *Shift = B.CreateAnd(Address, 7);
  Value *Mask = B.CreateShl(B.getInt64(SizeBits), Shift, "", /*HasNUW=*/true, /*HasNSW=*/true);
  return B.CreateOr(Mask, RF_CHECK_IMM(Kind, 0));
}

// The address, or the start of its granule where that is known: it is the same for all members of one granule.
static Value *startOfGranule(IRBuilderBase &B, const Access &A) {
  if (!A.Low || !*A.Low)
    return B.CreatePtrToInt(A.Ptr, B.getInt64Ty());
  APInt Offset(64, 0);
  Value *Base = A.Ptr->stripAndAccumulateConstantOffsets(A.I->getModule()->getDataLayout(), Offset,
                                                         /*AllowNonInbounds=*/true);
  return B.CreateAdd(B.CreatePtrToInt(Base, B.getInt64Ty()), B.getInt64(Offset.getZExtValue() - *A.Low));
}

// The cell of the granule of Address, compared with the thread's own.
Value *Check::difference(IRBuilderBase &B, Value *Address, const TlsState &State) {
  Value *Offset = B.CreateShl(B.CreateAnd(Address, State.Mask), 1);
  Value *Cell = B.CreateIntToPtr(B.CreateAdd(State.Base, Offset), B.getPtrTy());
  LoadInst *Load = B.CreateAlignedLoad(B.getInt64Ty(), Cell, Align(8));
  Load->setMetadata(LLVMContext::MD_nosanitize, MDNode::get(B.getContext(), {}));
  return B.CreateXor(Load, State.Cur);
}

Value *Check::missing(IRBuilderBase &B, const Access &A, const TlsState &State) {
  Value *Start = startOfGranule(B, A);
  Value *Differs = difference(B, Start, State);
  return B.CreateICmpNE(B.CreateAnd(Differs, wanted(B, A, Start)), B.getInt64(0));
}

// Granules in the middle need all bytes. The first needs those from the address on, the last those up to the
// end; when the access ends inside the first (or is aligned), the last granule is one already looked at, with
// no byte of its own to ask for.
Value *Check::missingWide(IRBuilderBase &B, const Access &A, const TlsState &State) {
  uint64_t Kind = RF_CHECK_IMM(RF_CELL_PLAIN | (A.IsWrite ? RF_CELL_WRITE : 0), 0);
  Value *Address = B.CreatePtrToInt(A.Ptr, B.getInt64Ty());
  bool Aligned = A.Alignment.value() >= 8 && A.Bytes >= 8;
  Value *Full = B.getInt64(0);
  for (uint64_t At = Aligned ? 0 : 8; At + 8 <= A.Bytes; At += 8)
    Full = B.CreateOr(Full, difference(B, B.CreateAdd(Address, B.getInt64(At)), State));
  Full = B.CreateAnd(Full, Kind | 0xff);
  if (!Aligned) {
    uint64_t Bits = A.Bytes >= 8 ? 0xff : (UINT64_C(1) << A.Bytes) - 1;
    Value *Mask = B.CreateShl(B.getInt64(Bits), B.CreateAnd(Address, 7));
    Value *First = B.CreateOr(B.CreateAnd(Mask, 0xff), Kind);
    Value *Last = B.CreateOr(B.CreateLShr(Mask, 8), Kind);
    Value *End = B.CreateAdd(Address, B.getInt64(A.Bytes - 1));
    Full = B.CreateOr(Full, B.CreateAnd(difference(B, Address, State), First));
    Full = B.CreateOr(Full, B.CreateAnd(difference(B, End, State), Last));
  }
  return B.CreateICmpNE(Full, B.getInt64(0));
}

// Up to four granules are looked at inline.
static bool isWide(const Access &A) {
  return A.Bytes <= 32 && (A.Bytes % 8 == 0 || A.Bytes == 2 || A.Bytes == 4);
}

// The value about to be stored, by its bits, for the report.
static Value *storedBits(IRBuilderBase &B, const Access &A) {
  Type *Ty = A.Stored->getType();
  if (Ty->isPointerTy())
    return B.CreatePtrToInt(A.Stored, B.getInt64Ty());
  if (Ty->isIntegerTy())
    return B.CreateZExtOrTrunc(A.Stored, B.getInt64Ty());
  uint64_t Bits = A.I->getDataLayout().getTypeSizeInBits(Ty);
  if (Bits > 64 || !CastInst::isBitCastable(Ty, B.getIntNTy(Bits)))
    return B.getInt64(0);
  return B.CreateZExtOrTrunc(B.CreateBitCast(A.Stored, B.getIntNTy(Bits)), B.getInt64Ty());
}

static std::string nameOf(StringRef Prefix, uint64_t Bytes, bool IsWrite) {
  return (Prefix + (IsWrite ? "write" : "read")).str() + std::to_string(Bytes);
}

SmallVector<Value *, 3> Check::arguments(IRBuilderBase &B, const Access &A, Constant *Site) {
  SmallVector<Value *, 3> Args = {A.Ptr, Site};
  if (A.IsWrite)
    Args.push_back(storedBits(B, A));
  return Args;
}

// One copy per program, shared by all objects.
Function *Check::outlined(uint64_t Bytes, bool IsWrite) {
  std::string Name = nameOf("__rf_check_", Bytes, IsWrite);
  if (Function *F = M.getFunction(Name))
    return F;
  LLVMContext &C = M.getContext();
  SmallVector<Type *, 3> Params(2, PointerType::getUnqual(C));
  if (IsWrite)
    Params.push_back(Type::getInt64Ty(C));
  auto *FT = FunctionType::get(Type::getVoidTy(C), Params, false);
  auto *F = Function::createWithDefaultAttr(FT, GlobalValue::LinkOnceODRLinkage, 0, Name, &M);
  F->setVisibility(GlobalValue::HiddenVisibility);
  if (!Triple(M.getTargetTriple()).isOSDarwin())
    F->setComdat(M.getOrInsertComdat(Name));
  F->setCallingConv(CallingConv::PreserveMost);
  F->setDoesNotThrow();
  F->addFnAttr(Attribute::NoInline);
  buildOutlined(F, Bytes, IsWrite);
  return F;
}

void Check::buildOutlined(Function *F, uint64_t Bytes, bool IsWrite) {
  LLVMContext &C = M.getContext();
  auto *Entry = BasicBlock::Create(C, "", F), *Miss = BasicBlock::Create(C, "", F),
       *Done = BasicBlock::Create(C, "", F);
  ReturnInst *Return = ReturnInst::Create(C, Done);
  IRBuilder<> B(Entry);
  Access A = {Return, F->getArg(0), Bytes, Align(1), IsWrite, nullptr};
  Value *Missing = missing(B, A, Placement::load(B, E));
  B.CreateCondBr(Missing, Miss, Done, MDBuilder(C).createUnlikelyBranchWeights());
  B.SetInsertPoint(Miss);
  SmallVector<Value *, 3> Args;
  for (Argument &Arg : F->args())
    Args.push_back(&Arg);
  E.call(B, nameOf("__rf_", Bytes, IsWrite), Args)->setTailCallKind(CallInst::TCK_Tail);
  B.CreateRetVoid();
}

void Check::callOutlined(const Access &A, Constant *Site) {
  IRBuilder<> B(A.I);
  Function *F = outlined(A.Bytes, A.IsWrite);
  CallInst *Call = B.CreateCall(F, arguments(B, A, Site));
  Call->setCallingConv(F->getCallingConv());
  Call->addFnAttr(Attribute::NoMerge);
}

void Check::emitRange(IRBuilderBase &B, Value *Ptr, Value *Bytes, bool IsWrite, Constant *Site) {
  E.call(B, IsWrite ? "__rf_write_range" : "__rf_read_range", {Ptr, Bytes, Site});
}

void Check::emit(const Access &A) {
  Constant *Site = S.site(*A.I, A.IsWrite ? RF_SITE_WRITE : RF_SITE_READ, A.Bytes);
  bool Fits = fitsGranule(A), Inline = !Where || Where->isInline(A.I);
  if (Fits && !Inline)
    return callOutlined(A, Site);
  IRBuilder<> B(A.I);
  if (!Fits && (!Inline || !isWide(A)))
    return emitRange(B, A.Ptr, B.getInt64(A.Bytes), A.IsWrite, Site);
  const TlsState *Shared = Where ? Where->state(A.I) : nullptr;
  const TlsState State = Shared ? *Shared : Placement::load(B, E);
  Value *Missing = Fits ? missing(B, A, State) : missingWide(B, A, State);
  MDNode *Unlikely = MDBuilder(B.getContext()).createUnlikelyBranchWeights();
  IRBuilder<> Cold(SplitBlockAndInsertIfThen(Missing, A.I, /*Unreachable=*/false, Unlikely));
  Cold.SetCurrentDebugLocation(A.I->getDebugLoc());
  if (Fits)
    E.call(Cold, nameOf("__rf_", A.Bytes, A.IsWrite), arguments(Cold, A, Site));
  else
    emitRange(Cold, A.Ptr, Cold.getInt64(A.Bytes), A.IsWrite, Site);
}
