#include "Origins.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include <cstdlib>

using namespace llvm;
using namespace redflag;

// Hoisting drops the debug location of a load, but not metadata of others.
static constexpr StringLiteral Mark = "redflag.origin";

// How far the searches go, in instructions or blocks.
static constexpr unsigned Reach = 32;

static bool isReal(const DILocation *Loc) { return Loc && Loc->getLine(); }

Origins &redflag::origins() {
  static Origins O;
  return O;
}

Origins::Origin Origins::describe(const Instruction &I, const DILocation *Loc) {
  const Value *Object = getUnderlyingObject(getLoadStorePointerOperand(&I));
  return {Loc, I.getMetadata(LLVMContext::MD_tbaa), dyn_cast<GlobalVariable>(Object), isa<StoreInst>(I)};
}

void Origins::note(Function &F) {
  DISubprogram *SP = F.getSubprogram();
  if (!SP)
    return;
  unsigned Kind = F.getContext().getMDKindID(Mark);
  auto &List = Noted[SP];
  for (Instruction &I : instructions(F)) {
    DILocation *Loc = I.getDebugLoc().get();
    if (!isa<LoadInst, StoreInst>(I) || !isReal(Loc))
      continue;
    // What leaves memory soon (most locals) needs no memory of where it was.
    if (isa<AllocaInst>(getLoadStorePointerOperand(&I)))
      continue;
    I.setMetadata(Kind, Loc);
    List.push_back(describe(I, Loc));
  }
}

void Origins::forget(Function &F) {
  unsigned Kind = F.getContext().getMDKindID(Mark);
  for (Instruction &I : instructions(F))
    if (isa<LoadInst, StoreInst>(I))
      I.setMetadata(Kind, nullptr);
}

const Origins::Inlined &Origins::inlinedIn(const Function &F) {
  if (Current == &F)
    return CurrentInlined;
  Current = &F;
  CurrentInlined.clear();
  for (const Instruction &I : instructions(F))
    for (const DILocation *Loc = I.getDebugLoc(); Loc; Loc = Loc->getInlinedAt())
      CurrentInlined.try_emplace(Loc->getScope()->getSubprogram(), Loc->getInlinedAt());
  CurrentInlined[F.getSubprogram()] = nullptr;
  return CurrentInlined;
}

// Loc, noted in a function by itself, as it stands in F. Near stands for the call when nothing else of that
// function is left.
const DILocation *Origins::inside(const DILocation *Loc, const DILocation *Near, const Function &F) {
  const Inlined &Calls = inlinedIn(F);
  auto It = Calls.find(Loc->getScope()->getSubprogram());
  const DILocation *Call = It == Calls.end() ? Near : It->second;
  if (!Call)
    return Loc;
  return DILocation::get(F.getContext(), Loc->getLine(), Loc->getColumn(), Loc->getScope(),
                         const_cast<DILocation *>(Call));
}

// The computation that uses a load or makes what is stored, seen through phis and casts.
static const DILocation *alongValues(const Instruction &I) {
  SmallVector<const Instruction *, 8> Work = {&I};
  SmallPtrSet<const Instruction *, 8> Seen = {&I};
  auto Push = [&](const Value *V) {
    auto *Next = dyn_cast<Instruction>(V);
    if (Next && Seen.insert(Next).second)
      Work.push_back(Next);
  };
  for (unsigned At = 0; At < Work.size() && At < Reach; ++At) {
    const Instruction *Here = Work[At];
    // Vectors are put together at the place of the loop, not of what is computed.
    bool Assembles = isa<InsertElementInst, ShuffleVectorInst>(Here);
    if (Here != &I && !Assembles && isReal(Here->getDebugLoc()))
      return Here->getDebugLoc();
    if (Here != &I && !Assembles && !isa<PHINode, CastInst, SelectInst>(Here))
      continue;
    if (auto *Store = dyn_cast<StoreInst>(&I); Store && Here == &I)
      Push(Store->getValueOperand());
    else if (isa<StoreInst>(I))
      for_each(Here->operands(), Push);
    else
      for_each(Here->users(), Push);
  }
  return nullptr;
}

static const DILocation *lastBefore(const Instruction *I) {
  for (; I; I = I->getPrevNode())
    if (!isa<DbgInfoIntrinsic>(I) && isReal(I->getDebugLoc()))
      return I->getDebugLoc();
  return nullptr;
}

static const DILocation *firstFrom(const Instruction *I) {
  for (; I; I = I->getNextNode())
    if (!isa<DbgInfoIntrinsic>(I) && isReal(I->getDebugLoc()))
      return I->getDebugLoc();
  return nullptr;
}

static const DILocation *nearest(const Instruction &I) {
  const BasicBlock *BB = I.getParent();
  if (const DILocation *Loc = firstFrom(&I))
    return Loc;
  if (const DILocation *Loc = lastBefore(&I))
    return Loc;
  SmallVector<const BasicBlock *, 8> Work = {BB};
  SmallPtrSet<const BasicBlock *, 8> Seen = {BB};
  for (unsigned At = 0; At < Work.size() && At < Reach; ++At)
    for (const BasicBlock *Next : successors(Work[At])) {
      if (const DILocation *Loc = firstFrom(&Next->front()))
        return Loc;
      if (Seen.insert(Next).second)
        Work.push_back(Next);
    }
  for (unsigned Steps = 0; BB && Steps < Reach; BB = BB->getSinglePredecessor(), ++Steps)
    if (const DILocation *Loc = lastBefore(&BB->back()))
      return Loc;
  return nullptr;
}

static unsigned apart(const DILocation *A, const DILocation *B) {
  if (!B)
    return A->getLine();
  bool SameFunction = A->getScope()->getSubprogram() == B->getScope()->getSubprogram();
  return unsigned(std::abs(int(A->getLine()) - int(B->getLine()))) + (SameFunction ? 0 : 1u << 24);
}

// An access that was made of others: the nearest of those that read or wrote the same variable or member.
const DILocation *Origins::twin(const Instruction &I, const DILocation *Near) {
  const Origin Wanted = describe(I, nullptr);
  const DILocation *Best = nullptr;
  for (auto [SP, Call] : inlinedIn(*I.getFunction())) {
    auto It = Noted.find(SP);
    if (It == Noted.end())
      continue;
    for (const Origin &O : It->second)
      if (O.IsWrite == Wanted.IsWrite && O.Type == Wanted.Type && O.Object == Wanted.Object &&
          (!Best || apart(O.Loc, Near) < apart(Best, Near)))
        Best = O.Loc;
  }
  return Best;
}

const DILocation *Origins::find(const Instruction &I) {
  const DILocation *Own = I.getDebugLoc();
  const Function &F = *I.getFunction();
  DISubprogram *SP = F.getSubprogram();
  if (isReal(Own) || !SP)
    return Own;
  bool IsAccess = isa<LoadInst, StoreInst>(I);
  const DILocation *Near = IsAccess ? alongValues(I) : nullptr;
  if (!Near)
    Near = nearest(I);
  const auto *Origin = dyn_cast_or_null<DILocation>(I.getMetadata(Mark));
  if (!Origin && IsAccess)
    Origin = twin(I, Near);
  if (Origin)
    return inside(Origin, Near, F);
  if (Near)
    return Near;
  return DILocation::get(F.getContext(), std::max(SP->getScopeLine(), SP->getLine()), 0, SP);
}
