#include "Placement.h"
#include "Options.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Transforms/Utils/LoopUtils.h"

using namespace llvm;
using namespace redflag;

// A function with few checks is small in any case, and what it is called from may be a loop.
static constexpr size_t FewChecks = 3;

bool Placement::wantsCalls(const Function &F) {
  if (!OptOutline)
    return false;
  return F.hasOptNone() || F.hasOptSize() || F.hasFnAttribute(Attribute::Cold);
}

static LoadInst *loadField(IRBuilderBase &B, Entries &E, Entries::TlsField Field) {
  LoadInst *Load = B.CreateLoad(B.getInt64Ty(), E.tls(Field));
  Load->setMetadata(LLVMContext::MD_nosanitize, MDNode::get(B.getContext(), {}));
  return Load;
}

TlsState Placement::load(IRBuilderBase &B, Entries &E) {
  return {loadField(B, E, Entries::Mask), loadField(B, E, Entries::Base), loadField(B, E, Entries::Cur)};
}

const TlsState *Placement::state(const Instruction *I) const {
  auto It = StateOf.find(I);
  return It == StateOf.end() ? nullptr : &States[It->second];
}

static bool hardlyRuns(const BasicBlock &BB) { return BB.isEHPad() || isa<UnreachableInst>(BB.getTerminator()); }

// The outermost loop around L, or L itself, that cannot synchronise; null: none.
Loop *Placement::quietLoop(Loop *L) {
  Loop *Found = nullptr;
  for (; L; L = L->getParentLoop()) {
    auto [It, New] = Quiet.try_emplace(L, true);
    if (New)
      It->second = none_of(L->blocks(), [](BasicBlock *BB) { return any_of(*BB, maySynchronise); });
    if (!It->second)
      break;
    Found = L;
  }
  return Found;
}

BasicBlock *Placement::inFront(Loop &L, LoopInfo &LI, DominatorTree &DT) {
  BasicBlock *Preheader = L.getLoopPreheader();
  return Preheader ? Preheader : InsertPreheaderForLoop(&L, &DT, &LI, nullptr, /*PreserveLCSSA=*/false);
}

void Placement::shareInLoops(LoopInfo &LI, DominatorTree &DT) {
  DenseMap<const Loop *, unsigned> Loaded;
  for (const Instruction *I : Inline) {
    Loop *L = quietLoop(LI.getLoopFor(I->getParent()));
    if (!L)
      continue;
    auto [It, New] = Loaded.try_emplace(L, ~0u);
    BasicBlock *Front = New ? inFront(*L, LI, DT) : nullptr;
    if (Front) {
      IRBuilder<> B(Front->getTerminator());
      It->second = States.size();
      States.push_back(load(B, E));
    }
    if (It->second != ~0u)
      StateOf[I] = It->second;
  }
}

// Runs of checks without synchronisation in between.
void Placement::shareIn(BasicBlock &BB) {
  SmallVector<Instruction *, 8> Run;
  auto Flush = [&] {
    if (Run.size() > 1) {
      IRBuilder<> B(Run.front());
      States.push_back(load(B, E));
      for (Instruction *I : Run)
        StateOf[I] = States.size() - 1;
    }
    Run.clear();
  };
  for (Instruction &I : BB) {
    if (maySynchronise(I))
      Flush();
    else if (isInline(&I) && !StateOf.contains(&I))
      Run.push_back(&I);
  }
  Flush();
}

Placement::Placement(Entries &E, const FunctionPlan &Plan, Function &F, LoopInfo *LI, DominatorTree *DT)
    : E(E) {
  if (!LI)
    return;
  bool Few = Plan.Plain.size() + Plan.Lanes.size() <= FewChecks;
  auto Consider = [&](Instruction *I) {
    if (!hardlyRuns(*I->getParent()) && (!OptOutline || Few || LI->getLoopFor(I->getParent())))
      Inline.insert(I);
  };
  for (const Access &A : Plan.Plain)
    Consider(A.I);
  for (const Access &A : Plan.Lanes)
    Consider(A.I);
  for (CallBase *Op : Plan.MemOps)
    Consider(Op);
  if (!OptShareState)
    return;
  shareInLoops(*LI, *DT);
  for (BasicBlock &BB : F)
    shareIn(BB);
}
