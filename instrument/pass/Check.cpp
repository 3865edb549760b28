#include "Check.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/Support/KnownBits.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;
using namespace redflag;

static KnownBits lowBits(const Access &A) {
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

static void hide(LLVMContext &C, Instruction *I) {
  I->setMetadata(LLVMContext::MD_nosanitize, MDNode::get(C, {}));
}

Value *Check::loadTls(IRBuilderBase &B, Entries::TlsField Field) {
  LoadInst *Load = B.CreateLoad(B.getInt64Ty(), E.tls(Field));
  hide(B.getContext(), Load);
  return Load;
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

Value *Check::missing(IRBuilderBase &B, const Access &A) {
  Type *Word = B.getInt64Ty();
  Value *Address = B.CreatePtrToInt(A.Ptr, Word);
  Value *Offset = B.CreateShl(B.CreateAnd(Address, loadTls(B, Entries::Mask)), 1);
  Value *CellAddress = B.CreateAdd(loadTls(B, Entries::Base), Offset);
  LoadInst *Cell = B.CreateAlignedLoad(Word, B.CreateIntToPtr(CellAddress, B.getPtrTy()), Align(8));
  hide(B.getContext(), Cell);
  Value *Differs = B.CreateXor(Cell, loadTls(B, Entries::Cur));
  return B.CreateICmpNE(B.CreateAnd(Differs, wanted(B, A, Address)), ConstantInt::get(Word, 0));
}

// The cell of the granule of Address, compared with the thread's own. State: mask, base, cur.
Value *Check::difference(IRBuilderBase &B, Value *Address, Value *State[3]) {
  Value *Offset = B.CreateShl(B.CreateAnd(Address, State[0]), 1);
  Value *Cell = B.CreateIntToPtr(B.CreateAdd(State[1], Offset), B.getPtrTy());
  LoadInst *Load = B.CreateAlignedLoad(B.getInt64Ty(), Cell, Align(8));
  hide(B.getContext(), Load);
  return B.CreateXor(Load, State[2]);
}

// Granules in the middle need all bytes. The first needs those from the address on, the last those up to the
// end; when the access ends inside the first (or is aligned), the last granule is one already looked at, with
// no byte of its own to ask for.
Value *Check::missingWide(IRBuilderBase &B, const Access &A) {
  uint64_t Kind = RF_CHECK_IMM(RF_CELL_PLAIN | (A.IsWrite ? RF_CELL_WRITE : 0), 0);
  Value *State[] = {loadTls(B, Entries::Mask), loadTls(B, Entries::Base), loadTls(B, Entries::Cur)};
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

void Check::callSlow(Instruction *Before, const Access &A, Constant *Site) {
  IRBuilder<> B(Before);
  B.SetCurrentDebugLocation(A.I->getDebugLoc());
  std::string Name = (A.IsWrite ? "__rf_write" : "__rf_read") + std::to_string(A.Bytes);
  SmallVector<Value *, 3> Args = {A.Ptr, Site};
  if (A.IsWrite)
    Args.push_back(storedBits(B, A));
  E.call(B, Name, Args);
}

void Check::emitRange(IRBuilderBase &B, Value *Ptr, Value *Bytes, bool IsWrite, Constant *Site) {
  E.call(B, IsWrite ? "__rf_write_range" : "__rf_read_range", {Ptr, Bytes, Site});
}

void Check::emit(const Access &A) {
  Constant *Site = S.site(*A.I, A.IsWrite ? RF_SITE_WRITE : RF_SITE_READ, A.Bytes);
  IRBuilder<> B(A.I);
  bool Fits = fitsGranule(A);
  if (!Fits && !isWide(A)) {
    emitRange(B, A.Ptr, B.getInt64(A.Bytes), A.IsWrite, Site);
    return;
  }
  Value *Missing = Fits ? missing(B, A) : missingWide(B, A);
  MDNode *Unlikely = MDBuilder(B.getContext()).createUnlikelyBranchWeights();
  Instruction *Then = SplitBlockAndInsertIfThen(Missing, A.I, /*Unreachable=*/false, Unlikely);
  if (Fits)
    return callSlow(Then, A, Site);
  IRBuilder<> Cold(Then);
  Cold.SetCurrentDebugLocation(A.I->getDebugLoc());
  emitRange(Cold, A.Ptr, Cold.getInt64(A.Bytes), A.IsWrite, Site);
}
