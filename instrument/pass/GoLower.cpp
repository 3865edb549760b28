#include "GoLower.h"
#include "Entries.h"
#include "GoBlocks.h"
#include "Names.h"
#include "Sites.h"
#include "SourceTexts.h"
#include "Versions.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Demangle/Demangle.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;
using namespace redflag;

namespace {

// One statement: for (int g = begin(); g; g = end()) call;
struct GoStatement {
  CallBase *Begin, *End;
  CallBase *Call = nullptr; // what is to run in the goroutine
};

// The arguments of the call, and the function itself, as fields of a structure.
struct Pack {
  StructType *Type;
  SmallVector<Value *, 8> Values;     // field by field
  SmallVector<llvm::Type *, 8> ByVal; // per field: type of what is passed by copy, or null
};

class GoLowering {
public:
  explicit GoLowering(Module &M) : M(M), E(M), S(M), Blocks(M, E, S) {}
  void lowerAll(ArrayRef<GoStatement> Statements);

private:
  void lower(GoStatement G);
  CallBase *findCall(const GoStatement &G) const;
  Pack pack(CallBase *Call) const;
  void store(IRBuilderBase &B, const Pack &P, Value *Memory) const;
  Function *thunk(CallBase *Call, const Pack &P) const;
  Value *loadArgument(IRBuilderBase &B, const Pack &P, Value *Memory, unsigned Field) const;
  void replaceCall(const GoStatement &G);

  Module &M;
  Entries E;
  Sites S;
  GoBlocks Blocks;
};

} // namespace

// The variable that a marker's result is stored to tells which marks belong together.
static Value *slotOf(const CallBase *Marker) {
  for (const User *U : Marker->users())
    if (auto *St = dyn_cast<StoreInst>(U))
      return const_cast<Value *>(St->getPointerOperand());
  return nullptr;
}

// In the order in which they stand in the module.
static SmallVector<GoStatement, 4> findStatements(Module &M) {
  SmallVector<GoStatement, 4> Found;
  Function *Begin = M.getFunction("__rf_go_mark_begin"), *End = M.getFunction("__rf_go_mark_end");
  if (!Begin || !End)
    return Found;
  DenseMap<Value *, CallBase *> Ends;
  SmallSetVector<Function *, 8> Users;
  for (User *U : End->users())
    if (auto *Call = dyn_cast<CallBase>(U))
      Ends[slotOf(Call)] = Call;
  for (User *U : Begin->users())
    if (auto *Call = dyn_cast<CallBase>(U))
      Users.insert(Call->getFunction());
  for (Function &F : M)
    if (Users.contains(&F))
      for (Instruction &I : instructions(F))
        if (auto *Call = dyn_cast<CallBase>(&I); Call && Call->getCalledFunction() == Begin)
          if (CallBase *Last = Ends.lookup(slotOf(Call)))
            Found.push_back({Call, Last});
  return Found;
}

// The blocks of the statement in an order in which each comes after those that lead to it. Cleanups of
// exceptions are not among them.
static void orderBlocks(BasicBlock *BB, const BasicBlock *Stop, SmallPtrSetImpl<BasicBlock *> &Seen,
                        SmallVectorImpl<BasicBlock *> &PostOrder) {
  if (BB == Stop || !Seen.insert(BB).second)
    return;
  if (auto *Inv = dyn_cast<InvokeInst>(BB->getTerminator()))
    orderBlocks(Inv->getNormalDest(), Stop, Seen, PostOrder);
  else
    for (BasicBlock *Next : successors(BB))
      orderBlocks(Next, Stop, Seen, PostOrder);
  PostOrder.push_back(BB);
}

// The call of the body of `go { ... }`, on the way from the beginning to the end; null: it is `go f(x)`.
static CallBase *findBody(const GoStatement &G) {
  SmallSetVector<BasicBlock *, 8> Work;
  Work.insert(G.End->getParent());
  for (unsigned At = 0; At < Work.size(); ++At) {
    for (Instruction &I : *Work[At])
      if (auto *Call = dyn_cast<CallBase>(&I); Call && GoBlocks::isBody(*Call))
        return Call;
    for (BasicBlock *Before : predecessors(Work[At]))
      if (Before != G.Begin->getParent())
        Work.insert(Before);
  }
  return nullptr;
}

// How well Call fits what the source names. Destructors of temporaries come after the call that is meant.
enum Fit { NoFit, SomeCall, Named };

static Fit fit(const CallBase *Call, const SourceText *Go) {
  if (Call->isInlineAsm() || isa<IntrinsicInst>(Call))
    return NoFit;
  auto *Callee = dyn_cast<GlobalValue>(Call->getCalledOperand()->stripPointerCasts());
  StringRef Name = Callee ? Callee->getName() : "";
  if (Name.starts_with("__rf_"))
    return NoFit;
  if (Go && StringRef(Go->Type).contains(("[" + Name + "]").str()))
    return Named;
  return StringRef(demangle(Name)).contains('~') ? NoFit : SomeCall;
}

static const SourceText *goText(const CallBase *Begin) {
  const DILocation *Loc = Begin->getDebugLoc();
  if (!Loc || !Loc->getFile())
    return nullptr;
  const DISubprogram *SP = Loc->getScope()->getSubprogram();
  return sourceTexts().find(TextKind::Go, fileName(Loc->getFile(), SP->getUnit()), Loc->getLine(),
                            Loc->getColumn());
}

CallBase *GoLowering::findCall(const GoStatement &G) const {
  const SourceText *Go = goText(G.Begin);
  SmallPtrSet<BasicBlock *, 16> Seen;
  SmallVector<BasicBlock *, 16> PostOrder;
  orderBlocks(G.Begin->getParent(), G.End->getParent(), Seen, PostOrder);
  CallBase *Last = nullptr;
  Fit Best = SomeCall;
  for (BasicBlock *BB : reverse(PostOrder)) {
    bool Inside = BB != G.Begin->getParent();
    for (Instruction &I : *BB)
      if (auto *Call = dyn_cast<CallBase>(&I)) {
        Fit This = Inside ? fit(Call, Go) : NoFit;
        if (This >= Best) {
          Last = Call;
          Best = This;
        }
        Inside |= Call == G.Begin;
      }
  }
  return Last;
}

Pack GoLowering::pack(CallBase *Call) const {
  Pack P;
  SmallVector<Type *, 8> Types;
  auto Add = [&](Value *V, Type *ByVal) {
    P.Values.push_back(V);
    P.ByVal.push_back(ByVal);
    Types.push_back(ByVal ? ByVal : V->getType());
  };
  // Also a known function goes by its address: called directly, the optimiser would move accesses from it into
  // the thunk, which carries no checks.
  Add(Call->getCalledOperand(), nullptr);
  for (unsigned I = 0; I < Call->arg_size(); ++I)
    if (!Call->paramHasAttr(I, Attribute::StructRet))
      Add(Call->getArgOperand(I), Call->getParamByValType(I));
  P.Type = StructType::get(M.getContext(), Types);
  return P;
}

// The library copies the structure to memory that is aligned for pointers, not for vectors.
static Align fieldAlign(const DataLayout &DL, Type *Ty) { return std::min(DL.getABITypeAlign(Ty), Align(8)); }

void GoLowering::store(IRBuilderBase &B, const Pack &P, Value *Memory) const {
  const DataLayout &DL = M.getDataLayout();
  for (unsigned I = 0; I < P.Values.size(); ++I) {
    Value *Field = B.CreateStructGEP(P.Type, Memory, I);
    Align A = fieldAlign(DL, P.Type->getElementType(I));
    if (P.ByVal[I])
      B.CreateMemCpy(Field, A, P.Values[I], Align(1), DL.getTypeStoreSize(P.ByVal[I]));
    else
      B.CreateAlignedStore(P.Values[I], Field, A);
  }
}

Value *GoLowering::loadArgument(IRBuilderBase &B, const Pack &P, Value *Memory, unsigned Field) const {
  const DataLayout &DL = M.getDataLayout();
  Value *Address = B.CreateStructGEP(P.Type, Memory, Field);
  Type *Ty = P.Type->getElementType(Field);
  if (!P.ByVal[Field])
    return B.CreateAlignedLoad(Ty, Address, fieldAlign(DL, Ty));
  AllocaInst *Copy = B.CreateAlloca(Ty);
  Copy->setAlignment(std::max(DL.getABITypeAlign(Ty), Align(16)));
  B.CreateMemCpy(Copy, Copy->getAlign(), Address, fieldAlign(DL, Ty), DL.getTypeStoreSize(Ty));
  return Copy;
}

// void thunk(args): calls the function in args with the arguments in args.
Function *GoLowering::thunk(CallBase *Call, const Pack &P) const {
  LLVMContext &C = M.getContext();
  auto *FT = FunctionType::get(Type::getVoidTy(C), {PointerType::getUnqual(C)}, false);
  Function *Thunk = Function::createWithDefaultAttr(FT, GlobalValue::InternalLinkage, 0, "redflag.go", &M);
  Thunk->addFnAttr(Attribute::NoInline);
  Thunk->addFnAttr(Attribute::DisableSanitizerInstrumentation);
  for (StringRef Inherited : {"target-cpu", "target-features", "tune-cpu", "frame-pointer"})
    if (Attribute A = Call->getFunction()->getFnAttribute(Inherited); A.isValid())
      Thunk->addFnAttr(A);
  IRBuilder<> B(BasicBlock::Create(C, "", Thunk));
  SmallVector<Value *, 8> Args;
  for (unsigned I = 0, Field = 1; I < Call->arg_size(); ++I) {
    if (Type *Result = Call->getParamStructRetType(I))
      Args.push_back(B.CreateAlloca(Result));
    else
      Args.push_back(loadArgument(B, P, Thunk->getArg(0), Field++));
  }
  CallInst *Inner = B.CreateCall(Call->getFunctionType(), loadArgument(B, P, Thunk->getArg(0), 0), Args);
  Inner->setCallingConv(Call->getCallingConv());
  AttributeList Attrs = Call->getAttributes();
  Inner->setAttributes(Attrs.removeFnAttribute(C, Attribute::NoReturn));
  B.CreateRetVoid();
  return Thunk;
}

// Takes the call out; control goes on to the end of the statement in every case.
void GoLowering::replaceCall(const GoStatement &G) {
  CallBase *Call = G.Call;
  Instruction *Next = nullptr;
  if (auto *Inv = dyn_cast<InvokeInst>(Call)) {
    BranchInst *Br = BranchInst::Create(Inv->getNormalDest(), Inv->getIterator());
    Br->setDebugLoc(Inv->getDebugLoc());
    Inv->getUnwindDest()->removePredecessor(Inv->getParent());
    Next = &*Inv->getNormalDest()->getFirstNonPHIOrDbg();
  } else {
    Next = nextNonDebug(Call);
  }
  // The function does not return, but the statement does.
  if (auto *Dead = dyn_cast_or_null<UnreachableInst>(Next)) {
    BranchInst::Create(G.End->getParent(), Dead->getIterator());
    Dead->eraseFromParent();
  }
  if (!Call->use_empty())
    Call->replaceAllUsesWith(Constant::getNullValue(Call->getType()));
  Call->eraseFromParent();
}

static std::string displayName(const GoStatement &G) {
  if (const SourceText *Go = goText(G.Begin))
    return Go->Expr;
  auto *Callee = dyn_cast<Function>(G.Call->getCalledOperand()->stripPointerCastsAndAliases());
  return Callee ? functionName(*Callee) : "";
}

void GoLowering::lower(GoStatement G) {
  Function &F = *G.Begin->getFunction();
  LLVMContext &C = M.getContext();
  G.Call = findCall(G);
  if (!G.Call) {
    C.diagnose(DiagnosticInfoUnsupported(F, "this go statement has no call left to start (a builtin?)",
                                         G.Begin->getDebugLoc()));
  } else {
    Pack P = pack(G.Call);
    IRBuilder<> Entry(&*F.getEntryBlock().getFirstInsertionPt());
    AllocaInst *Memory = Entry.CreateAlloca(P.Type, nullptr, "redflag.go.args");
    IRBuilder<> B(G.Call);
    store(B, P, Memory);
    Value *Bytes = B.getInt64(M.getDataLayout().getTypeAllocSize(P.Type));
    Constant *Site = S.site(*G.Begin, RF_SITE_GO, 0, displayName(G));
    CallInst *Spawn = E.call(B, "__rf_go_spawn", {thunk(G.Call, P), Memory, Bytes, Site});
    setNoCapture(*Spawn, 1);
    replaceCall(G);
  }
}

static void removeMarkers(const GoStatement &G) {
  for (auto [Marker, Result] : {std::pair(G.Begin, 1), std::pair(G.End, 0)}) {
    Marker->replaceAllUsesWith(ConstantInt::get(Marker->getType(), Result));
    eraseCall(Marker);
  }
}

// Blocks come first: they name the functions that further statements may stand in.
void GoLowering::lowerAll(ArrayRef<GoStatement> Statements) {
  SmallVector<GoStatement, 4> Calls;
  for (const GoStatement &G : Statements) {
    if (CallBase *Body = findBody(G))
      Blocks.add(G.Begin, slotOf(G.Begin), Body);
    else
      Calls.push_back(G);
  }
  Blocks.lower();
  for (const GoStatement &G : Calls)
    lower(G);
  for (const GoStatement &G : Statements)
    removeMarkers(G);
  Blocks.finish();
}

PreservedAnalyses GoLowerPass::run(Module &M, ModuleAnalysisManager &AM) {
  SmallVector<GoStatement, 4> Statements = findStatements(M);
  if (!Statements.empty())
    GoLowering(M).lowerAll(Statements);
  bool Changed = GoBlocks::forgetMarks(M) || !Statements.empty();
  return Changed ? PreservedAnalyses::none() : PreservedAnalyses::all();
}
