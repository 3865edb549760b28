#include "GoBlocks.h"
#include "Names.h"
#include "Versions.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/DIBuilder.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/EscapeEnumerator.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;
using namespace redflag;

void redflag::eraseCall(CallBase *Call) {
  if (auto *Inv = dyn_cast<InvokeInst>(Call)) {
    BranchInst *Br = BranchInst::Create(Inv->getNormalDest(), Inv->getIterator());
    Br->setDebugLoc(Inv->getDebugLoc());
    Inv->getUnwindDest()->removePredecessor(Inv->getParent());
  }
  Call->eraseFromParent();
}

// The name that clang gives to the functions it outlines.
bool GoBlocks::isBody(const CallBase &Call) {
  const Function *F = Call.getCalledFunction();
  return F && F->hasLocalLinkage() && F->getName().starts_with("__captured_stmt");
}

static bool isMark(const Instruction &I) {
  auto *II = dyn_cast<IntrinsicInst>(&I);
  if (!II || II->getIntrinsicID() != Intrinsic::var_annotation)
    return false;
  auto *Text = dyn_cast<GlobalVariable>(II->getArgOperand(1)->stripPointerCasts());
  auto *Data = Text && Text->hasInitializer() ? dyn_cast<ConstantDataArray>(Text->getInitializer()) : nullptr;
  return Data && Data->isCString() && Data->getAsCString() == CapturedMark;
}

bool GoBlocks::forgetMarks(Module &M) {
  bool Any = false;
  for (Function &F : M) {
    if (F.getIntrinsicID() != Intrinsic::var_annotation)
      continue;
    for (User *U : make_early_inc_range(F.users()))
      if (auto *I = cast<Instruction>(U); isMark(*I)) {
        I->eraseFromParent();
        Any = true;
      }
  }
  return Any;
}

// ---- The context: what clang hands to a body, a structure of addresses in the order of its captures ----------------

static AllocaInst *contextOf(const CallBase &Call) {
  return cast<AllocaInst>(Call.getArgOperand(0)->stripPointerCasts());
}

static std::optional<unsigned> fieldOf(const GetElementPtrInst *Gep) {
  if (Gep->getNumIndices() != 2 || !Gep->hasAllConstantIndices())
    return std::nullopt;
  return cast<ConstantInt>(Gep->getOperand(2))->getZExtValue();
}

// The stores that fill the context, field by field.
static SmallVector<StoreInst *, 8> fillers(const CallBase &Call) {
  AllocaInst *Context = contextOf(Call);
  SmallVector<StoreInst *, 8> Found(cast<StructType>(Context->getAllocatedType())->getNumElements());
  for (User *U : Context->users())
    if (auto *Gep = dyn_cast<GetElementPtrInst>(U))
      for (User *GU : Gep->users())
        if (auto *Store = dyn_cast<StoreInst>(GU))
          if (std::optional<unsigned> Field = fieldOf(Gep))
            Found[*Field] = Store;
  return Found;
}

// Whether V is the address of the context in Body: its argument, or what was stored of it.
static bool isContext(const Value *V, Function &Body) {
  if (V == Body.getArg(0))
    return true;
  auto *Load = dyn_cast<LoadInst>(V);
  auto *Slot = Load ? dyn_cast<AllocaInst>(Load->getPointerOperand()) : nullptr;
  return Slot && any_of(Slot->users(), [&](const User *U) {
           auto *Store = dyn_cast<StoreInst>(U);
           return Store && Store->getValueOperand() == Body.getArg(0);
         });
}

// The field of Body's context that V is loaded from.
static std::optional<unsigned> contextField(const Value *V, Function &Body) {
  auto *Load = dyn_cast<LoadInst>(V);
  auto *Gep = Load ? dyn_cast<GetElementPtrInst>(Load->getPointerOperand()) : nullptr;
  if (!Gep || !isContext(Gep->getPointerOperand(), Body))
    return std::nullopt;
  return fieldOf(Gep);
}

// The goroutine's own copy of the context never changes.
static void markContextConstant(Function &Body) {
  for (Instruction &I : instructions(Body))
    if (contextField(&I, Body))
      I.setMetadata(LLVMContext::MD_invariant_load, MDNode::get(Body.getContext(), {}));
}

// ---- Boxes ---------------------------------------------------------------------------------------------------------

namespace {

// Moves one local to a box.
class BoxMaker {
public:
  BoxMaker(Function &F, Value *Var, Entries &E, Sites &S) : F(F), Var(Var), E(E) {
    const DataLayout &DL = F.getDataLayout();
    if (auto *A = dyn_cast<AllocaInst>(Var)) {
      Ty = A->getAllocatedType();
      Alignment = A->getAlign();
    } else {
      Ty = cast<Argument>(Var)->getParamByValType();
      Alignment = cast<Argument>(Var)->getParamAlign().value_or(DL.getABITypeAlign(Ty));
    }
    Bytes = DL.getTypeAllocSize(Ty);
    // What longjmp comes back to must see the box that is there now.
    Volatile = F.callsFunctionThatReturnsTwice();
    takeName(S);
  }
  AllocaInst *run(ArrayRef<Instruction *> Declared);

private:
  void takeName(Sites &S);
  void giveName();
  bool livesFromEntry(ArrayRef<Instruction *> Declared) const;
  void create(IRBuilderBase &B);
  void begin(bool AtEntry);
  void renew(Instruction *Declaration);
  void replaceUses();
  void replaceUse(Use &U);
  Value *load(IRBuilderBase &B) { return B.CreateLoad(B.getPtrTy(), Slot, Volatile); }

  Function &F;
  Value *Var;
  Entries &E;
  Type *Ty;
  Align Alignment;
  uint64_t Bytes;
  bool Volatile;
  DILocalVariable *Name = nullptr; // and where it is declared; null without debug information
  const DILocation *Place = nullptr;
  Constant *Record;           // the same for reports, null
  AllocaInst *Slot = nullptr; // holds the address of the box
  DenseMap<BasicBlock *, Value *> AtEnd;
};

} // namespace

// Takes what debug information says of the variable out of the function.
void BoxMaker::takeName(Sites &S) {
  takeDebugUsers(Var, [&](DILocalVariable *Variable, const DILocation *Loc) {
    Name = Variable;
    Place = Loc;
  });
  Record = Name ? S.variable(Name, Name->getScope()->getSubprogram(), Bytes)
                : ConstantPointerNull::get(PointerType::getUnqual(F.getContext()));
}

// The variable is where the slot points.
void BoxMaker::giveName() {
  if (!Name)
    return;
  DIBuilder DIB(*F.getParent(), /*AllowUnresolved=*/false);
  auto *Deref = DIExpression::get(F.getContext(), {dwarf::DW_OP_deref});
  DIB.insertDeclare(Slot, Name, Deref, Place, &*F.getEntryBlock().getFirstNonPHIOrDbgOrAlloca());
}

static bool isLifetime(const User *U) {
  auto *II = dyn_cast<IntrinsicInst>(U);
  return II && II->isLifetimeStartOrEnd();
}

// Parameters do; so do variables whose declaration a jump may pass by, or cannot be reached at all.
bool BoxMaker::livesFromEntry(ArrayRef<Instruction *> Declared) const {
  if (Declared.size() != 1)
    return true;
  DominatorTree DT(F);
  return any_of(Var->uses(), [&](const Use &U) {
    return U.getUser() != Declared[0] && !isLifetime(U.getUser()) && !DT.dominates(Declared[0], U);
  });
}

void BoxMaker::create(IRBuilderBase &B) {
  Value *Memory = E.call(B, "__rf_go_box_new", {B.getInt64(Bytes), B.getInt64(Alignment.value()), Record});
  B.CreateStore(Memory, Slot, Volatile);
}

void BoxMaker::begin(bool AtEntry) {
  IRBuilder<> B(&*F.getEntryBlock().getFirstNonPHIOrDbgOrAlloca());
  if (const DISubprogram *SP = F.getSubprogram())
    B.SetCurrentDebugLocation(
        DILocation::get(F.getContext(), SP->getScopeLine(), 0, const_cast<DISubprogram *>(SP)));
  B.CreateStore(ConstantPointerNull::get(B.getPtrTy()), Slot, Volatile);
  if (!AtEntry)
    return;
  create(B);
  if (isa<Argument>(Var))
    B.CreateMemCpy(load(B), Alignment, Var, Alignment, Bytes);
}

// Each time that the declaration is executed it makes a new variable.
void BoxMaker::renew(Instruction *Declaration) {
  IRBuilder<> B(Declaration);
  E.call(B, "__rf_go_box_drop", {load(B)});
  create(B);
}

void BoxMaker::replaceUse(Use &U) {
  auto *I = cast<Instruction>(U.getUser());
  if (auto *Phi = dyn_cast<PHINode>(I)) {
    BasicBlock *From = Phi->getIncomingBlock(U);
    Value *&Loaded = AtEnd[From];
    if (!Loaded) {
      IRBuilder<> B(From->getTerminator());
      Loaded = load(B);
    }
    U.set(Loaded);
    return;
  }
  IRBuilder<> B(I);
  U.set(load(B));
}

void BoxMaker::replaceUses() {
  SmallVector<Use *, 16> Uses;
  SmallVector<Instruction *, 4> Lifetimes;
  for (Use &U : Var->uses()) {
    auto *I = cast<Instruction>(U.getUser());
    if (isLifetime(I))
      Lifetimes.push_back(I);
    else if (!isMark(*I))
      Uses.push_back(&U);
  }
  for (Instruction *I : Lifetimes)
    I->eraseFromParent();
  for (Use *U : Uses)
    replaceUse(*U);
}

AllocaInst *BoxMaker::run(ArrayRef<Instruction *> Declared) {
  // A parameter is declared once, after its value is there.
  bool IsParameter = isa<Argument>(Var) || (Name && Name->isParameter());
  bool AtEntry = IsParameter || livesFromEntry(Declared);
  IRBuilder<> Top(&*F.getEntryBlock().begin());
  Slot = Top.CreateAlloca(Top.getPtrTy(), nullptr, "redflag.box");
  replaceUses();
  begin(AtEntry);
  if (!IsParameter)
    for (Instruction *Declaration : Declared)
      renew(Declaration);
  giveName();
  return Slot;
}

// ---- Statements ----------------------------------------------------------------------------------------------------

static bool isLocal(const Value *V) {
  auto *A = dyn_cast<Argument>(V);
  return isa<AllocaInst>(V) || (A && A->hasByValAttr());
}

bool GoBlocks::isBox(const Value *V, Function &F) const {
  auto *Load = dyn_cast<LoadInst>(V);
  auto Own = Boxes.find(&F);
  if (Load && Own != Boxes.end() && is_contained(Own->second, Load->getPointerOperand()))
    return true;
  auto Outer = Given.find(&F);
  std::optional<unsigned> Field;
  return Outer != Given.end() && (Field = contextField(V, F)) && Outer->second.test(*Field);
}

// Clang gives a body the attributes of no function in particular.
static void inherit(Function &Body, const Function &F) {
  if (F.hasFnAttribute(Attribute::DisableSanitizerInstrumentation))
    Body.addFnAttr(Attribute::DisableSanitizerInstrumentation);
  for (StringRef Inherited : {"target-cpu", "target-features", "tune-cpu", "frame-pointer"})
    if (Attribute A = F.getFnAttribute(Inherited); A.isValid())
      Body.addFnAttr(A);
}

// Names the bodies that F starts as Go does: main.func1, and main.func1.1 inside of it.
void GoBlocks::name(Function &F) {
  bool IsBody = Given.count(&F);
  unsigned Number = 0;
  for (const Block &G : Blocks[&F]) {
    Function *Body = G.Call->getCalledFunction();
    std::string Suffix = (IsBody ? "." : ".func") + std::to_string(++Number);
    Body->setName(F.getName() + Suffix);
    inherit(*Body, F);
    if (DISubprogram *SP = Body->getSubprogram()) {
      SP->replaceOperandWith(2, MDString::get(M.getContext(), functionName(F) + Suffix));
      SP->replaceOperandWith(3, MDString::get(M.getContext(), Body->getName()));
    }
  }
}

void GoBlocks::start(const Block &G, Function &F) {
  Function *Body = G.Call->getCalledFunction();
  AllocaInst *Context = contextOf(*G.Call);
  SmallVector<Value *, 8> Kept;
  SmallVector<StoreInst *, 8> Fields = fillers(*G.Call);
  BitVector &IsBoxed = Given[Body];
  IsBoxed.resize(Fields.size());
  for (auto [Field, Store] : enumerate(Fields))
    if (Store && isBox(Store->getValueOperand(), F)) {
      IsBoxed.set(Field);
      Kept.push_back(Store->getValueOperand());
    }
  IRBuilder<> Entry(&*F.getEntryBlock().getFirstInsertionPt());
  auto *ListType = ArrayType::get(Entry.getPtrTy(), Kept.size());
  AllocaInst *List = Entry.CreateAlloca(ListType, nullptr, "redflag.boxes");
  IRBuilder<> B(G.Call);
  for (auto [I, Address] : enumerate(Kept))
    B.CreateStore(Address, B.CreateConstInBoundsGEP2_64(ListType, List, 0, I));
  Value *Bytes = B.getInt64(M.getDataLayout().getTypeAllocSize(Context->getAllocatedType()));
  CallInst *Spawn = E.call(B, "__rf_go_spawn_block",
                           {Body, Context, Bytes, List, B.getInt64(Kept.size()),
                            S.site(*G.Begin, RF_SITE_GO, 0, functionName(*Body))});
  setNoCapture(*Spawn, 1);
  setNoCapture(*Spawn, 3);
  eraseCall(G.Call);
  markContextConstant(*Body);
}

bool GoBlocks::check(Function &F, const Marks &Declared) {
  auto Complain = [&](const Block &G, const char *Text) {
    M.getContext().diagnose(DiagnosticInfoUnsupported(F, Text, G.Begin->getDebugLoc()));
    return false;
  };
  for (const Block &G : Blocks[&F]) {
    if (F.isPresplitCoroutine())
      return Complain(G, "a coroutine cannot start a go block; move it into a function");
    if (!Declared.count(G.Slot))
      return Complain(G, "a go block cannot stand in a system header");
  }
  return true;
}

void GoBlocks::lowerIn(Function &F) {
  Marks Declared;
  for (Instruction &I : instructions(F))
    if (isMark(I))
      Declared[cast<IntrinsicInst>(I).getArgOperand(0)].push_back(&I);
  if (!check(F, Declared))
    return;
  name(F);
  SmallSetVector<Value *, 8> Captured;
  for (const Block &G : Blocks[&F])
    for (StoreInst *Store : fillers(*G.Call))
      if (Store && isLocal(Store->getValueOperand()))
        Captured.insert(Store->getValueOperand());
  for (Value *Var : Captured)
    Boxes[&F].push_back(BoxMaker(F, Var, E, S).run(Declared.lookup(Var)));
  for (const Block &G : Blocks[&F])
    start(G, F);
}

// What a function gives to its blocks must be known before those give it to theirs.
void GoBlocks::lower() {
  SmallPtrSet<Function *, 8> Inner;
  SmallVector<Function *, 8> Work;
  for (auto &[F, List] : Blocks)
    for (const Block &G : List)
      Inner.insert(G.Call->getCalledFunction());
  for (auto &[F, List] : Blocks)
    if (!Inner.contains(F))
      Work.push_back(F);
  for (unsigned At = 0; At < Work.size(); ++At) {
    for (const Block &G : Blocks[Work[At]])
      if (Function *Body = G.Call->getCalledFunction(); Blocks.count(Body))
        Work.push_back(Body);
    lowerIn(*Work[At]);
  }
}

void GoBlocks::finish() {
  for (auto &[F, List] : Boxes) {
    bool Volatile = F->callsFunctionThatReturnsTwice();
    EscapeEnumerator Exits(*F, "redflag.drop");
    while (IRBuilder<> *B = Exits.Next())
      for (AllocaInst *Slot : List)
        E.call(*B, "__rf_go_box_drop", {B->CreateLoad(B->getPtrTy(), Slot, Volatile)});
  }
}
