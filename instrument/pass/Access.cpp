#include "Access.h"
#include "Record.h"
#include "Entries.h"
#include "Versions.h"
#include "X86Masked.h"
#include "llvm/Analysis/AliasAnalysis.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;
using namespace redflag;

bool Escape::captured(const Value *Object) {
  auto [It, New] = Captured.try_emplace(Object, true);
  if (New)
    It->second = mayBeCaptured(Object);
  return It->second;
}

// Counters that other instrumentations put in; their races are intended.
static bool isCounter(const GlobalVariable *GV) {
  static constexpr StringLiteral Prefixes[] = {"__llvm_gcov", "__llvm_gcda", "__prof",   "__sancov",
                                               "__llvm_prf",  "llvm.",       "redflag.", "__rf_"};
  return any_of(Prefixes, [&](StringRef P) { return GV->getName().starts_with(P); });
}

bool Escape::mayRace(const Value *Ptr, bool IsWrite) {
  if (Ptr->getType()->isVectorTy())
    return true;
  if (Ptr->getType()->getPointerAddressSpace() != 0 || Ptr->isSwiftError())
    return false;
  const Value *Object = getUnderlyingObject(Ptr, /*MaxLookup=*/12);
  if (auto *GV = dyn_cast<GlobalVariable>(Object))
    return !isCounter(GV) && (IsWrite || !GV->isConstant());
  if (auto *A = dyn_cast<Argument>(Object))
    return !A->hasByValAttr() || captured(A);
  if (isa<AllocaInst>(Object) || isNoAliasCall(Object))
    return captured(Object);
  return true;
}

// Which lanes of a vector load matter. Vectorised loops over one member of a structure load its neighbours too,
// which the source does not read.
static APInt usedLanes(const LoadInst &Load, const FixedVectorType &Ty) {
  unsigned Lanes = Ty.getNumElements();
  APInt Used = APInt::getZero(Lanes);
  for (const User *U : Load.users()) {
    auto *Shuffle = dyn_cast<ShuffleVectorInst>(U);
    if (!Shuffle)
      return APInt::getAllOnes(Lanes);
    for (int Lane : Shuffle->getShuffleMask())
      for (unsigned Operand = 0; Operand < 2; ++Operand)
        if (int At = Lane - int(Operand * Lanes); Shuffle->getOperand(Operand) == &Load && At >= 0 && At < int(Lanes))
          Used.setBit(At);
  }
  return Used;
}

// Whether I is a load of which some lanes are dropped; the others are planned one by one.
static bool planLanes(FunctionPlan &Plan, Instruction &I) {
  auto *Load = dyn_cast<LoadInst>(&I);
  auto *Ty = Load ? dyn_cast<FixedVectorType>(Load->getType()) : nullptr;
  if (!Ty || Ty->getScalarSizeInBits() % 8)
    return false;
  APInt Used = usedLanes(*Load, *Ty);
  if (Used.isAllOnes())
    return false;
  uint64_t Bytes = Ty->getScalarSizeInBits() / 8;
  IRBuilder<> B(Load);
  for (unsigned Lane = 0; Lane < Ty->getNumElements(); ++Lane)
    if (Used[Lane]) {
      Value *Ptr = B.CreatePtrAdd(Load->getPointerOperand(), B.getInt64(Lane * Bytes));
      Plan.Lanes.push_back({Load, Ptr, Bytes, commonAlignment(Load->getAlign(), Lane * Bytes), false, nullptr});
    }
  return true;
}

static void planPlain(FunctionPlan &Plan, Escape &Esc, Instruction &I) {
  const DataLayout &DL = I.getDataLayout();
  bool IsWrite = isa<StoreInst>(I);
  Value *Ptr = getLoadStorePointerOperand(&I);
  // Nobody writes what never changes.
  if (I.hasMetadata(LLVMContext::MD_invariant_load) || !Esc.mayRace(Ptr, IsWrite))
    return;
  TypeSize Size = DL.getTypeStoreSize(getLoadStoreType(&I));
  if (Size.isScalable() || Size.isZero())
    return;
  if (planLanes(Plan, I))
    return;
  // The ten bytes of an x86 long double are what is read; the padding is not.
  Value *Stored = IsWrite ? cast<StoreInst>(I).getValueOperand() : nullptr;
  Plan.Plain.push_back({&I, Ptr, Size.getFixedValue(), getLoadStoreAlignment(&I), IsWrite, Stored});
}

// Without optimisation there is no TBAA; then only the vtable itself gives the store away.
static bool isVptrStore(const StoreInst &S) {
  if (const MDNode *Tag = S.getMetadata(LLVMContext::MD_tbaa))
    return Tag->isTBAAVtableAccess();
  auto *GV = dyn_cast<GlobalVariable>(getUnderlyingObject(S.getValueOperand()));
  return GV && (GV->getName().starts_with("_ZTV") || GV->getName().starts_with("_ZTC"));
}

static bool isSingleThread(const Instruction &I) {
  auto Scope = getAtomicSyncScopeID(&I);
  return Scope && *Scope == SyncScope::SingleThread;
}

static bool hasByVal(const CallBase &Call) {
  for (unsigned I = 0; I < Call.arg_size(); ++I)
    if (Call.isByValArgument(I))
      return true;
  return false;
}

static bool isMemOp(const IntrinsicInst &I) {
  switch (I.getIntrinsicID()) {
  case Intrinsic::masked_load:
  case Intrinsic::masked_store:
  case Intrinsic::masked_gather:
  case Intrinsic::masked_scatter:
  case Intrinsic::masked_expandload:
  case Intrinsic::masked_compressstore:
    return true;
  default:
    return isa<MemIntrinsic>(I) || X86Masked::describe(I);
  }
}

// Calls into libatomic for 16 bytes. The form for any size stands for it when size and alignment are known.
static bool is128BitLibcall(const CallBase &Call, StringRef Name) {
  if (Name == "__atomic_load_16" || Name == "__atomic_store_16" || Name == "__atomic_exchange_16" ||
      Name == "__atomic_compare_exchange_16")
    return true;
  if (Name != "__atomic_load" && Name != "__atomic_store" && Name != "__atomic_exchange" &&
      Name != "__atomic_compare_exchange")
    return false;
  auto *Bytes = dyn_cast<ConstantInt>(Call.getArgOperand(0));
  return Bytes && Bytes->equalsInt(16) &&
         getKnownAlignment(Call.getArgOperand(1), Call.getDataLayout(), &Call) >= Align(16);
}

static void planCall(FunctionPlan &Plan, CallBase &Call) {
  if (auto *II = dyn_cast<IntrinsicInst>(&Call)) {
    if (isMemOp(*II))
      Plan.MemOps.push_back(&Call);
    return;
  }
  if (Call.isInlineAsm())
    return;
  Function *Callee = Call.getCalledFunction();
  if (Callee && Entries::isOurs(Callee->getName())) {
    Plan.Spawns |= Callee->getName().starts_with("__rf_go_spawn");
    return;
  }
  if (Callee && isa<CallInst>(Call) && is128BitLibcall(Call, Callee->getName())) {
    Plan.Atomics.push_back(&Call);
    return;
  }
  if (hasByVal(Call))
    Plan.MemOps.push_back(&Call);
  Plan.Calls.push_back(&Call);
}

bool redflag::maySynchronise(const Instruction &I) {
  if (isa<CallBase>(I))
    return !isRecordCall(I) && (!isa<IntrinsicInst>(I) || I.isAtomic());
  return I.isAtomic();
}

FunctionPlan redflag::planFunction(Function &F, Escape &Esc) {
  FunctionPlan Plan;
  for (Instruction &I : make_early_inc_range(instructions(F))) {
    if (I.isAtomic()) {
      if (!isSingleThread(I) && !isa<CallBase>(I))
        Plan.Atomics.push_back(&I);
    } else if (auto *S = dyn_cast<StoreInst>(&I); S && isVptrStore(*S)) {
      if (Esc.mayRace(S->getPointerOperand(), true))
        Plan.VptrStores.push_back(S);
    } else if (isa<LoadInst, StoreInst>(I)) {
      planPlain(Plan, Esc, I);
    } else if (auto *Call = dyn_cast<CallBase>(&I); Call && !isRecordCall(I)) {
      planCall(Plan, *Call);
    }
  }
  return Plan;
}
