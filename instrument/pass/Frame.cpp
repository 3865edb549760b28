#include "Frame.h"
#include "Versions.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/IRBuilder.h"

using namespace llvm;
using namespace redflag;

namespace {

struct NamedLocal {
  AllocaInst *Alloca;
  const DILocalVariable *Var;
};

class FrameEmitter {
public:
  FrameEmitter(Function &F, Entries &E, Sites &S) : F(F), E(E), S(S), C(F.getContext()) {
    FrameType = StructType::get(C, {PointerType::getUnqual(C), Type::getInt32Ty(C), Type::getInt32Ty(C)});
    LocalType = StructType::get(C, {PointerType::getUnqual(C), PointerType::getUnqual(C)});
  }
  void run(const FunctionPlan &Plan, Escape &Esc);

private:
  void findLocals(Escape &Esc);
  void enter();
  void pushLocals(IRBuilderBase &B);
  void leaveAll();
  void leave(Instruction *Before);
  void resume(Instruction *Before);
  void markCall(CallBase *Call);

  Function &F;
  Entries &E;
  Sites &S;
  LLVMContext &C;
  StructType *FrameType, *LocalType;
  SmallVector<NamedLocal, 8> Locals;
  bool CatchesJumps = false;                         // control can come back into F past its callees' exits
  Value *Frame = nullptr, *Next = nullptr;           // F's frame and the one above
  Value *FirstLocal = nullptr, *NextLocal = nullptr; // null when F leaves tls.lsp alone
};

} // namespace

// Without optimisation a declaration names the alloca; with it, assignments to the variable do.
static const DILocalVariable *variableOf(AllocaInst *A) {
  for (DbgVariableRecord *R : findDVRDeclares(A))
    return R->getVariable();
  for (DbgVariableRecord *R : at::getDVRAssignmentMarkers(A))
    if (R->getAddress() == A)
      return R->getVariable();
#if !REDFLAG_LLVM_22
  for (DbgDeclareInst *D : findDbgDeclares(A))
    return D->getVariable();
  for (DbgAssignIntrinsic *D : at::getAssignmentMarkers(A))
    if (D->getAddress() == A)
      return D->getVariable();
#endif
  return nullptr;
}

// Reserved names belong to macros; as the name of a variable they would only puzzle.
static bool isInternal(StringRef Name) { return Name.starts_with("__") || Name.starts_with("go__"); }

void FrameEmitter::findLocals(Escape &Esc) {
  for (Instruction &I : F.getEntryBlock()) {
    auto *A = dyn_cast<AllocaInst>(&I);
    if (!A || !A->isStaticAlloca() || !Esc.captured(A))
      continue;
    if (const DILocalVariable *Var = variableOf(A); Var && !isInternal(Var->getName()))
      Locals.push_back({A, Var});
  }
}

// After the last static alloca, and before anything that is checked.
static Instruction *entryPoint(Function &F) {
  BasicBlock &Entry = F.getEntryBlock();
  Instruction *Point = &*Entry.getFirstNonPHIOrDbgOrAlloca();
  for (Instruction &I : Entry)
    if (auto *A = dyn_cast<AllocaInst>(&I); A && A->isStaticAlloca() && Point->comesBefore(A))
      A->moveBefore(Point);
  return Point;
}

void FrameEmitter::enter() {
  Instruction *Point = entryPoint(F);
  IRBuilder<> B(Point);
  B.SetCurrentDebugLocation(DebugLoc());
  Frame = B.CreateLoad(B.getPtrTy(), E.tls(Entries::Sp), "redflag.frame");
  Next = B.CreateConstInBoundsGEP1_64(FrameType, Frame, 1);
  B.CreateStore(Next, E.tls(Entries::Sp));
  B.CreateAlignedStore(B.getInt32(0), B.CreateStructGEP(FrameType, Frame, 1), Align(8));
  if (!Locals.empty() || CatchesJumps)
    pushLocals(B);
}

void FrameEmitter::pushLocals(IRBuilderBase &B) {
  FirstLocal = B.CreateLoad(B.getPtrTy(), E.tls(Entries::Lsp), "redflag.locals");
  NextLocal = FirstLocal;
  if (Locals.empty())
    return;
  const DataLayout &DL = F.getDataLayout();
  for (unsigned I = 0; I < Locals.size(); ++I) {
    const NamedLocal &L = Locals[I];
    uint64_t Bytes = L.Alloca->getAllocationSize(DL).value_or(TypeSize::getFixed(0)).getKnownMinValue();
    Constant *Var = S.variable(L.Var, L.Var->getScope()->getSubprogram(), Bytes);
    Value *Slot = B.CreateConstInBoundsGEP1_64(LocalType, FirstLocal, I);
    B.CreateStore(L.Alloca, Slot);
    B.CreateStore(Var, B.CreateStructGEP(LocalType, Slot, 1));
  }
  NextLocal = B.CreateConstInBoundsGEP1_64(LocalType, FirstLocal, Locals.size());
  B.CreateStore(NextLocal, E.tls(Entries::Lsp));
}

void FrameEmitter::leave(Instruction *Before) {
  IRBuilder<> B(Before);
  B.CreateStore(Frame, E.tls(Entries::Sp));
  if (!Locals.empty())
    B.CreateStore(FirstLocal, E.tls(Entries::Lsp));
}

// Control is back here, perhaps without the callees' exits having run.
void FrameEmitter::resume(Instruction *Before) {
  IRBuilder<> B(Before);
  B.CreateStore(Next, E.tls(Entries::Sp));
  B.CreateStore(NextLocal, E.tls(Entries::Lsp));
}

void FrameEmitter::leaveAll() {
  for (BasicBlock &BB : F) {
    if (CallInst *Tail = BB.getTerminatingMustTailCall())
      leave(Tail);
    else if (isa<ReturnInst, ResumeInst>(BB.getTerminator()))
      leave(BB.getTerminator());
    if (isa<LandingPadInst>(BB.getFirstNonPHI()))
      resume(&*BB.getFirstInsertionPt());
  }
}

void FrameEmitter::markCall(CallBase *Call) {
  IRBuilder<> B(Call);
  B.CreateStore(S.site(*Call, RF_SITE_CALL, 0), Frame);
  if (Call->hasFnAttr(Attribute::ReturnsTwice) && isa<CallInst>(Call))
    resume(Call->getNextNode());
}

void FrameEmitter::run(const FunctionPlan &Plan, Escape &Esc) {
  findLocals(Esc);
  CatchesJumps = F.hasPersonalityFn() ||
                 any_of(Plan.Calls, [](CallBase *Call) { return Call->hasFnAttr(Attribute::ReturnsTwice); });
  enter();
  for (CallBase *Call : Plan.Calls)
    if (!Call->isMustTailCall())
      markCall(Call);
  leaveAll();
}

void redflag::emitFrame(Function &F, const FunctionPlan &Plan, Escape &Esc, Entries &E, Sites &S) {
  FrameEmitter(F, E, S).run(Plan, Esc);
}
