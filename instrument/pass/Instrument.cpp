#include "Instrument.h"
#include "Access.h"
#include "Atomics.h"
#include "Check.h"
#include "Eliminate.h"
#include "Entries.h"
#include "Frame.h"
#include "Globals.h"
#include "Loading.h"
#include "Ranges.h"
#include "MemOps.h"
#include "Options.h"
#include "Placement.h"
#include "Positions.h"
#include "Record.h"
#include "Origins.h"
#include "Sites.h"
#include "Skip.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/InstIterator.h"

using namespace llvm;
using namespace redflag;

namespace {

// Marks a module that is done: with LTO the pipeline may meet it a second time.
constexpr StringLiteral DoneFlag = "redflag.instrumented";

class ModuleInstrumenter {
public:
  explicit ModuleInstrumenter(Module &M) : M(M), E(M), S(M), C(M, E, S), A(E, S), MO(E, S, C) {}
  void run(FunctionAnalysisManager &FAM);

private:
  bool isSkipped(const Function &F) const;
  void instrument(Function &F, FunctionAnalysisManager &FAM);

  Module &M;
  Entries E;
  Sites S;
  Check C;
  Atomics A;
  MemOps MO;
  Skip Skipped;
};

} // namespace

bool ModuleInstrumenter::isSkipped(const Function &F) const {
  return F.isDeclaration() || F.hasAvailableExternallyLinkage() || F.isPresplitCoroutine() || Skipped.covers(F);
}

// Instrumented code touches the shadow call stack; what says that it does not would let the optimiser move it.
static void dropMemoryAttributes(Function &F) {
  F.removeFnAttr(Attribute::Memory);
  F.removeFnAttr(Attribute::NoSync);
  F.removeFnAttr(Attribute::Speculatable);
}

static void dropMemoryAttributes(CallBase &Call) {
  Call.removeFnAttr(Attribute::Memory);
  Call.removeFnAttr(Attribute::NoSync);
}

// A variable that starts a granule of its own has a constant mask in each of its checks.
static void alignObject(const Access &A) {
  Value *Object = getUnderlyingObject(A.Ptr);
  if (auto *Local = dyn_cast<AllocaInst>(Object))
    Local->setAlignment(std::max(Local->getAlign(), Align(8)));
  else if (auto *Global = dyn_cast<GlobalVariable>(Object); Global && Global->canIncreaseAlignment())
    Global->setAlignment(std::max(Global->getAlign().valueOrOne(), Align(8)));
}

// Blocks are split at each check. From the last to the first, each split moves only what lies between two.
static void emitChecks(const FunctionPlan &Plan, Check &C) {
  for (const Access &Acc : reverse(Plan.Plain))
    C.emit(Acc);
  for (const Access &Acc : reverse(Plan.Lanes))
    C.emit(Acc);
}

void ModuleInstrumenter::instrument(Function &F, FunctionAnalysisManager &FAM) {
  if (OptRecord)
    recordAccesses(F);
  Escape Esc;
  FunctionPlan Plan = planFunction(F, Esc);
  if (Plan.empty())
    return;
  if (OptEliminate)
    eliminate(Plan, F);
  dropMemoryAttributes(F);
  for (CallBase *Call : Plan.Calls)
    dropMemoryAttributes(*Call);
  emitFrame(F, Plan, Esc, E, S);
  for (const Access &Acc : Plan.Plain)
    alignObject(Acc);
  LoopInfo *LI = Placement::wantsCalls(F) ? nullptr : &FAM.getResult<LoopAnalysis>(F);
  DominatorTree *DT = LI ? &FAM.getResult<DominatorTreeAnalysis>(F) : nullptr;
  if (LI && OptHoist)
    mergeChecks(
        Plan, {*LI, FAM.getResult<ScalarEvolutionAnalysis>(F), *DT, FAM.getResult<TargetIRAnalysis>(F)}, C, S);
  if (DT && OptLearn)
    learnPositions(Plan, F, *DT);
  Placement Where(E, Plan, F, LI, DT);
  C.use(&Where);
  emitChecks(Plan, C);
  for (StoreInst *Store : Plan.VptrStores) {
    IRBuilder<> B(Store);
    E.call(B, "__rf_vptr_write",
           {Store->getPointerOperand(), Store->getValueOperand(), S.site(*Store, RF_SITE_VPTR, 8)});
  }
  for (CallBase *Op : Plan.MemOps)
    MO.emit(Op, Esc);
  for (Instruction *I : Plan.Atomics)
    A.emit(I);
  C.use(nullptr);
}

// Lists F in a section of the binary that nothing reads at run time. Without it nobody could tell a function in which
// there was nothing to check from one that was left out.
static void markCovered(Function &F) {
  LLVMContext &C = F.getContext();
  F.setMetadata(LLVMContext::MD_pcsections, MDNode::get(C, {MDString::get(C, RF_COVERED_SECTION)}));
}

void ModuleInstrumenter::run(FunctionAnalysisManager &FAM) {
  SmallVector<Function *, 64> Work;
  for (Function &F : M)
    if (!isSkipped(F))
      Work.push_back(&F);
  for (Function *F : Work) {
    instrument(*F, FAM);
    markCovered(*F);
  }
  for (Function &F : M) {
    F.removeFnAttr(Attribute::SanitizeThread); // see PreparePass
    Origins::forget(F);
  }
  orderLoading(M, E);
  emitModuleRecord(M, E, S);
}

PreservedAnalyses InstrumentPass::run(Module &M, ModuleAnalysisManager &AM) {
  if (M.getModuleFlag(DoneFlag))
    return PreservedAnalyses::all();
  auto &FAM = AM.getResult<FunctionAnalysisManagerModuleProxy>(M).getManager();
  if (OptInstrument)
    ModuleInstrumenter(M).run(FAM);
  M.addModuleFlag(Module::Override, DoneFlag, 1);
  if (OptStrip)
    StripDebugInfo(M);
  return PreservedAnalyses::none();
}
