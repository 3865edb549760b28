#include "Atomics.h"
#include "Versions.h"
#include "llvm/CodeGen/AtomicExpandUtils.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Support/AtomicOrdering.h"

using namespace llvm;
using namespace redflag;

static ConstantInt *order(IRBuilderBase &B, AtomicOrdering O) {
  return B.getInt32(static_cast<uint32_t>(toCABI(O)));
}

static unsigned bitsOf(const Instruction &I, Type *Ty) { return I.getDataLayout().getTypeStoreSizeInBits(Ty); }

static std::string entry(unsigned Bits, StringRef Op) {
  return "__rf_atomic" + std::to_string(Bits) + "_" + Op.str();
}

// The runtime deals in integers; pointers and floating-point values go by their bits.
static Value *toBits(IRBuilderBase &B, Value *V, unsigned Bits) {
  Type *Ty = B.getIntNTy(Bits);
  if (V->getType()->isIntegerTy())
    return B.CreateZExt(V, Ty);
  return B.CreateBitOrPointerCast(V, Ty);
}

static Value *fromBits(IRBuilderBase &B, Value *V, Type *Ty) {
  if (Ty->isIntegerTy())
    return B.CreateTrunc(V, Ty);
  return B.CreateBitOrPointerCast(V, Ty);
}

static void replace(Instruction *I, Value *With) {
  With->takeName(I);
  I->replaceAllUsesWith(With);
  I->eraseFromParent();
}

void Atomics::emitLoad(LoadInst *I) {
  IRBuilder<> B(I);
  unsigned Bits = bitsOf(*I, I->getType());
  Value *Old =
      E.call(B, entry(Bits, "load"),
             {I->getPointerOperand(), order(B, I->getOrdering()), S.site(*I, RF_SITE_ATOMIC_READ, Bits / 8)});
  replace(I, fromBits(B, Old, I->getType()));
}

void Atomics::emitStore(StoreInst *I) {
  IRBuilder<> B(I);
  Value *V = I->getValueOperand();
  unsigned Bits = bitsOf(*I, V->getType());
  E.call(B, entry(Bits, "store"),
         {I->getPointerOperand(), toBits(B, V, Bits), order(B, I->getOrdering()),
          S.site(*I, RF_SITE_ATOMIC_WRITE, Bits / 8)});
  I->eraseFromParent();
}

static StringRef rmwName(AtomicRMWInst::BinOp Op) {
  switch (Op) {
  case AtomicRMWInst::Xchg:
    return "exchange";
  case AtomicRMWInst::Add:
    return "fetch_add";
  case AtomicRMWInst::Sub:
    return "fetch_sub";
  case AtomicRMWInst::And:
    return "fetch_and";
  case AtomicRMWInst::Or:
    return "fetch_or";
  case AtomicRMWInst::Xor:
    return "fetch_xor";
  case AtomicRMWInst::Nand:
    return "fetch_nand";
  default:
    return "";
  }
}

void Atomics::emitRmw(AtomicRMWInst *I) {
  StringRef Op = rmwName(I->getOperation());
  if (Op.empty())
    return emitRmwLoop(I);
  IRBuilder<> B(I);
  unsigned Bits = bitsOf(*I, I->getType());
  Value *Old = E.call(B, entry(Bits, Op),
                      {I->getPointerOperand(), toBits(B, I->getValOperand(), Bits), order(B, I->getOrdering()),
                       S.site(*I, RF_SITE_ATOMIC_WRITE, Bits / 8)});
  replace(I, fromBits(B, Old, I->getType()));
}

// Minimum, maximum and the floating-point operations have no entry point of their own.
void Atomics::emitRmwLoop(AtomicRMWInst *I) {
  unsigned Bits = bitsOf(*I, I->getType());
  Constant *Site = S.site(*I, RF_SITE_ATOMIC_WRITE, Bits / 8);
  auto Cas = [&](IRBuilderBase &B, Value *Addr, Value *Loaded, Value *New, Align, AtomicOrdering Order,
                 SyncScope::ID, Value *&Success, Value *&NewLoaded
#if REDFLAG_LLVM_22
                 ,
                 Instruction *
#endif
             ) {
    AtomicOrdering Failure = AtomicCmpXchgInst::getStrongestFailureOrdering(Order);
    Value *Expected = toBits(B, Loaded, Bits);
    Value *Old = E.call(B, entry(Bits, "cas"),
                        {Addr, Expected, toBits(B, New, Bits), order(B, Order), order(B, Failure), Site});
    Success = B.CreateICmpEQ(Old, Expected);
    NewLoaded = fromBits(B, Old, Loaded->getType());
  };
  expandAtomicRMWToCmpXchg(I, Cas);
}

void Atomics::emitCas(AtomicCmpXchgInst *I) {
  IRBuilder<> B(I);
  Type *Ty = I->getCompareOperand()->getType();
  unsigned Bits = bitsOf(*I, Ty);
  Value *Expected = toBits(B, I->getCompareOperand(), Bits);
  Value *Old = E.call(B, entry(Bits, "cas"),
                      {I->getPointerOperand(), Expected, toBits(B, I->getNewValOperand(), Bits),
                       order(B, I->getSuccessOrdering()), order(B, I->getFailureOrdering()),
                       S.site(*I, RF_SITE_ATOMIC_WRITE, Bits / 8)});
  Value *Pair = B.CreateInsertValue(PoisonValue::get(I->getType()), fromBits(B, Old, Ty), 0);
  replace(I, B.CreateInsertValue(Pair, B.CreateICmpEQ(Old, Expected), 1));
}

void Atomics::emitFence(FenceInst *I) {
  IRBuilder<> B(I);
  E.call(B, "__rf_atomic_fence", {order(B, I->getOrdering()), S.site(*I, RF_SITE_FENCE, 0)});
  I->eraseFromParent();
}

// The value of an argument of libatomic: given as it is (name_16), or by its address.
static Value *libcallOperand(IRBuilderBase &B, Value *V) {
  return V->getType()->isPointerTy() ? B.CreateAlignedLoad(B.getInt128Ty(), V, Align(1)) : V;
}

// What clang calls for 16 bytes where the processor may lack the instruction. The generic form has the size in
// front, and the address for a result behind the values.
void Atomics::emitLibcall(CallInst *I) {
  IRBuilder<> B(I);
  StringRef Name = I->getCalledFunction()->getName();
  bool Generic = !Name.consume_back("_16");
  auto Arg = [&](unsigned N) { return I->getArgOperand(N + Generic); };
  bool IsLoad = Name == "__atomic_load";
  Constant *Site = S.site(*I, IsLoad ? RF_SITE_ATOMIC_READ : RF_SITE_ATOMIC_WRITE, 16);
  Value *Result = nullptr;
  if (IsLoad) {
    Result = E.call(B, entry(128, "load"), {Arg(0), Arg(Generic ? 2 : 1), Site});
    if (Generic)
      B.CreateAlignedStore(Result, Arg(1), Align(1));
  } else if (Name == "__atomic_store") {
    E.call(B, entry(128, "store"), {Arg(0), libcallOperand(B, Arg(1)), Arg(2), Site});
  } else if (Name == "__atomic_exchange") {
    Result = E.call(B, entry(128, "exchange"), {Arg(0), libcallOperand(B, Arg(1)), Arg(Generic ? 3 : 2), Site});
    if (Generic)
      B.CreateAlignedStore(Result, Arg(2), Align(1));
  } else { // compare_exchange(address, address of expected, desired, success, failure): whether it succeeded
    Value *Expected = libcallOperand(B, Arg(1));
    Value *Old =
        E.call(B, entry(128, "cas"), {Arg(0), Expected, libcallOperand(B, Arg(2)), Arg(3), Arg(4), Site});
    // On success this stores what is there already.
    B.CreateAlignedStore(Old, Arg(1), Align(1));
    Result = B.CreateZExtOrTrunc(B.CreateICmpEQ(Old, Expected), I->getType());
  }
  if (Result && !I->getType()->isVoidTy())
    return replace(I, Result);
  I->eraseFromParent();
}

void Atomics::emit(Instruction *I) {
  if (auto *L = dyn_cast<LoadInst>(I))
    emitLoad(L);
  else if (auto *St = dyn_cast<StoreInst>(I))
    emitStore(St);
  else if (auto *Rmw = dyn_cast<AtomicRMWInst>(I))
    emitRmw(Rmw);
  else if (auto *Cas = dyn_cast<AtomicCmpXchgInst>(I))
    emitCas(Cas);
  else if (auto *Fence = dyn_cast<FenceInst>(I))
    emitFence(Fence);
  else
    emitLibcall(cast<CallInst>(I));
}
