// The argument: a loop without calls, atomic operations and fences does not move its thread's clock, so it does not
// matter when in it an access is judged. If the number of turns is known before the first, and an access is made in
// each, then what is accessed is known too: where the address moves by no more than the access is long, a range. The
// same holds for accesses of one block with nothing of that kind between them.
//
// Each range is of one place in the source, so that reports name what the access was.
#include "Ranges.h"
#include "Versions.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/Transforms/Utils/ScalarEvolutionExpander.h"

using namespace llvm;
using namespace redflag;

namespace {

// A call in front of so few turns costs more than their checks.
constexpr unsigned FewTurns = 4;

// Fewer adjacent accesses, or so few bytes, are checked one by one.
constexpr size_t RunMin = 4;
constexpr uint64_t WidestInline = 32;

// Accesses of one place and one loop whose addresses differ by constants: copies that unrolling made.
struct Walk {
  const SCEV *Start; // of the first one
  int64_t Step;
  struct Part {
    size_t Index; // in the plan
    int64_t Offset;
    uint64_t Bytes;
  };
  SmallVector<Part, 4> Parts;
};

class Merger {
public:
  Merger(FunctionPlan &Plan, const RangeAnalyses &A, Check &C, Sites &S)
      : Plan(Plan), A(A), C(C), S(S),
#if REDFLAG_LLVM_22
        Expander(A.SE, "redflag") {
  }
#else
        Expander(A.SE, Plan.Plain.front().I->getDataLayout(), "redflag") {
  }
#endif

  void run();

private:
  bool suits(Loop &L);
  const Loop *loopOf(const Access &Acc);
  void hoist();
  void hoistFrom(const Loop &L, MutableArrayRef<Walk> Walks);
  void mergeRuns();
  void mergeRun(ArrayRef<size_t> Run);
  void add(SmallVectorImpl<Walk> &Walks, size_t Index, const SCEV *Start, int64_t Step);
  void stretches(Walk &W, function_ref<void(ArrayRef<Walk::Part>)> Visit);
  void emit(const Walk &W, ArrayRef<Walk::Part> Parts, const SCEV *Way, Instruction *At);

  FunctionPlan &Plan;
  const RangeAnalyses &A;
  Check &C;
  Sites &S;
  SCEVExpander Expander;
  DenseMap<const Loop *, bool> Suits;
  SmallSet<size_t, 16> Merged;
};

} // namespace

// Innermost, left only at its end, and after a number of turns that is known in front of it.
bool Merger::suits(Loop &L) {
  BasicBlock *Latch = L.getLoopLatch();
  if (!L.isInnermost() || !Latch || L.getExitingBlock() != Latch)
    return false;
  if (any_of(L.blocks(), [](BasicBlock *BB) { return any_of(*BB, maySynchronise); }))
    return false;
  if (!L.getLoopPreheader()) {
    if (!Placement::inFront(L, A.LI, A.DT))
      return false;
    A.SE.forgetLoop(&L);
  }
  const SCEV *Turns = A.SE.getBackedgeTakenCount(&L);
  if (isa<SCEVCouldNotCompute>(Turns))
    return false;
  if (unsigned Most = A.SE.getSmallConstantMaxTripCount(&L); Most && Most < FewTurns)
    return false;
  Instruction *Front = L.getLoopPreheader()->getTerminator();
  return Expander.isSafeToExpandAt(Turns, Front) &&
         !Expander.isHighCostExpansion(Turns, &L, 4 * SCEVCheapExpansionBudget, &A.TTI, Front);
}

const Loop *Merger::loopOf(const Access &Acc) {
  Loop *L = A.LI.getLoopFor(Acc.I->getParent());
  if (!L || Acc.I->isVolatile())
    return nullptr;
  auto [It, New] = Suits.try_emplace(L, false);
  if (New)
    It->second = suits(*L);
  return It->second && A.DT.dominates(Acc.I->getParent(), L->getLoopLatch()) ? L : nullptr;
}

static bool samePlace(const Instruction &A, const Instruction &B) {
  const DILocation *X = A.getDebugLoc(), *Y = B.getDebugLoc();
  return X && Y && X->getLine() == Y->getLine() && X->getColumn() == Y->getColumn() && X->getScope() == Y->getScope() &&
         X->getInlinedAt() == Y->getInlinedAt();
}

void Merger::add(SmallVectorImpl<Walk> &Walks, size_t Index, const SCEV *Start, int64_t Step) {
  const Access &Acc = Plan.Plain[Index];
  for (Walk &W : Walks) {
    const Access &First = Plan.Plain[W.Parts.front().Index];
    if (W.Step != Step || First.IsWrite != Acc.IsWrite || !samePlace(*First.I, *Acc.I))
      continue;
    const auto *Distance = dyn_cast<SCEVConstant>(A.SE.getMinusSCEV(Start, W.Start));
    if (!Distance || Distance->getAPInt().getSignificantBits() > 32)
      continue;
    W.Parts.push_back({Index, Distance->getAPInt().getSExtValue(), Acc.Bytes});
    return;
  }
  Walks.push_back({Start, Step, {{Index, 0, Acc.Bytes}}});
}

// Parts: adjacent, ascending. Way: how far the address moves from the first turn to the last.
void Merger::emit(const Walk &W, ArrayRef<Walk::Part> Parts, const SCEV *Way, Instruction *At) {
  const int64_t From = Parts.front().Offset, To = Parts.back().Offset + int64_t(Parts.back().Bytes);
  ScalarEvolution &SE = A.SE;
  Type *Word = Type::getInt64Ty(At->getContext());
  const SCEV *Begin = SE.getAddExpr(W.Start, SE.getConstant(Word, uint64_t(From), /*isSigned=*/true));
  if (W.Step < 0)
    Begin = SE.getMinusSCEV(Begin, Way);
  const SCEV *Bytes = SE.getAddExpr(Way, SE.getConstant(Word, uint64_t(To - From)));
  if (isa<SCEVCouldNotCompute>(Begin) || !Expander.isSafeToExpandAt(Begin, At) ||
      !Expander.isSafeToExpandAt(Bytes, At))
    return;
  const Access &First = Plan.Plain[Parts.front().Index];
  Value *Ptr = Expander.expandCodeFor(Begin, First.Ptr->getType(), At);
  Value *Size = Expander.expandCodeFor(Bytes, Word, At);
  IRBuilder<> B(At);
  B.SetCurrentDebugLocation(First.I->getDebugLoc());
  C.emitRange(B, Ptr, Size, First.IsWrite, S.site(*First.I, First.IsWrite ? RF_SITE_WRITE : RF_SITE_READ, First.Bytes));
  for (const Walk::Part &P : Parts)
    Merged.insert(P.Index);
}

// Calls visit for each stretch of the walk that has no gap.
void Merger::stretches(Walk &W, function_ref<void(ArrayRef<Walk::Part>)> Visit) {
  sort(W.Parts, [](const Walk::Part &X, const Walk::Part &Y) { return X.Offset < Y.Offset; });
  for (ArrayRef<Walk::Part> Rest = W.Parts; !Rest.empty();) {
    size_t N = 1;
    while (N < Rest.size() && Rest[N].Offset == Rest[N - 1].Offset + int64_t(Rest[N - 1].Bytes))
      ++N;
    Visit(Rest.take_front(N));
    Rest = Rest.drop_front(N);
  }
}

static uint64_t bytesOf(ArrayRef<Walk::Part> Parts) {
  return uint64_t(Parts.back().Offset - Parts.front().Offset) + Parts.back().Bytes;
}

void Merger::hoistFrom(const Loop &L, MutableArrayRef<Walk> Walks) {
  ScalarEvolution &SE = A.SE;
  Instruction *Front = L.getLoopPreheader()->getTerminator();
  Type *Word = Type::getInt64Ty(Front->getContext());
  const SCEV *Turns = SE.getTruncateOrZeroExtend(SE.getBackedgeTakenCount(&L), Word);
  for (Walk &W : Walks) {
    const uint64_t Stride = uint64_t(std::abs(W.Step));
    stretches(W, [&](ArrayRef<Walk::Part> Parts) {
      if (bytesOf(Parts) >= Stride)
        emit(W, Parts, SE.getMulExpr(Turns, SE.getConstant(Word, Stride)), Front);
    });
  }
}

void Merger::hoist() {
  MapVector<const Loop *, SmallVector<Walk, 4>> Walks;
  for (size_t I = 0; I < Plan.Plain.size(); ++I) {
    const Loop *L = loopOf(Plan.Plain[I]);
    const auto *Address = L ? dyn_cast<SCEVAddRecExpr>(A.SE.getSCEV(Plan.Plain[I].Ptr)) : nullptr;
    if (!Address || Address->getLoop() != L || !Address->isAffine())
      continue;
    const auto *Step = dyn_cast<SCEVConstant>(Address->getStepRecurrence(A.SE));
    if (Step && Step->getAPInt().getSignificantBits() <= 32)
      add(Walks[L], I, Address->getStart(), Step->getAPInt().getSExtValue());
  }
  for (auto &[L, Of] : Walks)
    hoistFrom(*L, Of);
}

// What unrolling left of a loop with few turns.
void Merger::mergeRun(ArrayRef<size_t> Run) {
  if (Run.size() < RunMin)
    return;
  SmallVector<Walk, 8> Walks;
  for (size_t I : Run)
    add(Walks, I, A.SE.getSCEV(Plan.Plain[I].Ptr), 0);
  for (Walk &W : Walks) {
    Instruction *First = Plan.Plain[W.Parts.front().Index].I;
    const SCEV *None = A.SE.getConstant(Type::getInt64Ty(First->getContext()), 0);
    stretches(W, [&](ArrayRef<Walk::Part> Parts) {
      if (Parts.size() >= RunMin && bytesOf(Parts) > WidestInline)
        emit(W, Parts, None, First);
    });
  }
}

void Merger::mergeRuns() {
  DenseMap<const Instruction *, size_t> IndexOf;
  SmallSetVector<BasicBlock *, 16> Blocks;
  for (size_t I = 0; I < Plan.Plain.size(); ++I)
    if (!Merged.contains(I) && !Plan.Plain[I].I->isVolatile()) {
      IndexOf[Plan.Plain[I].I] = I;
      Blocks.insert(Plan.Plain[I].I->getParent());
    }
  for (BasicBlock *BB : Blocks) {
    SmallVector<size_t, 32> Run;
    for (Instruction &I : *BB) {
      if (maySynchronise(I)) {
        mergeRun(Run);
        Run.clear();
      } else if (auto It = IndexOf.find(&I); It != IndexOf.end()) {
        Run.push_back(It->second);
      }
    }
    mergeRun(Run);
  }
}

void Merger::run() {
  hoist();
  mergeRuns();
  for (Instruction *I : Expander.getAllInsertedInstructions())
    I->setDebugLoc({}); // no place in the source, and no neighbour to name an access after
  SmallVector<Access, 32> Left;
  for (size_t I = 0; I < Plan.Plain.size(); ++I)
    if (!Merged.contains(I))
      Left.push_back(Plan.Plain[I]);
  Plan.Plain = std::move(Left);
}

void redflag::mergeChecks(FunctionPlan &Plan, const RangeAnalyses &A, Check &C, Sites &S) {
  if (!Plan.Plain.empty())
    Merger(Plan, A, C, S).run();
}
