#include "Record.h"
#include "Versions.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;
using namespace redflag;

static constexpr StringLiteral Name = "__rf_record";

static FunctionCallee callee(Module &M) {
  LLVMContext &C = M.getContext();
  FunctionCallee F = M.getOrInsertFunction(Name, Type::getVoidTy(C), PointerType::getUnqual(C), Type::getInt64Ty(C),
                                           Type::getInt32Ty(C));
  auto *Decl = cast<Function>(F.getCallee());
  Decl->setDoesNotThrow();
  Decl->setNoSync();
  Decl->addFnAttr(Attribute::NoCallback);
  setNoCapture(*Decl, 0);
  return F;
}

static void emit(Instruction &Before, Value *Ptr, Value *Bytes, bool IsWrite) {
  if (Ptr->getType()->getPointerAddressSpace())
    return;
  IRBuilder<> B(&Before);
  B.CreateCall(callee(*Before.getModule()), {Ptr, B.CreateZExtOrTrunc(Bytes, B.getInt64Ty()), B.getInt32(IsWrite)});
}

static void recordOne(Instruction &I) {
  const DataLayout &DL = I.getDataLayout();
  Type *Size = Type::getInt64Ty(I.getContext());
  auto Bytes = [&](Type *Ty) { return ConstantInt::get(Size, DL.getTypeStoreSize(Ty).getKnownMinValue()); };
  if (auto *Load = dyn_cast<LoadInst>(&I); Load && !Load->isAtomic())
    emit(I, Load->getPointerOperand(), Bytes(Load->getType()), false);
  else if (auto *Store = dyn_cast<StoreInst>(&I); Store && !Store->isAtomic())
    emit(I, Store->getPointerOperand(), Bytes(Store->getValueOperand()->getType()), true);
  else if (auto *Mem = dyn_cast<MemIntrinsic>(&I)) {
    if (auto *Transfer = dyn_cast<MemTransferInst>(Mem))
      emit(I, Transfer->getRawSource(), Mem->getLength(), false);
    emit(I, Mem->getRawDest(), Mem->getLength(), true);
  } else if (auto *Call = dyn_cast<CallBase>(&I)) {
    for (unsigned N = 0; N < Call->arg_size(); ++N)
      if (Call->isByValArgument(N))
        emit(I, Call->getArgOperand(N), Bytes(Call->getParamByValType(N)), false);
  }
}

void redflag::recordAccesses(Function &F) {
  SmallVector<Instruction *, 64> All;
  for (Instruction &I : instructions(F))
    All.push_back(&I);
  for (Instruction *I : All)
    recordOne(*I);
}

bool redflag::isRecordCall(const Instruction &I) {
  auto *Call = dyn_cast<CallBase>(&I);
  return Call && Call->getCalledFunction() && Call->getCalledFunction()->getName() == Name;
}
