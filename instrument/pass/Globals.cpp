#include "Globals.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;
using namespace redflag;

// Whether a program could race on GV and the record may refer to it.
static bool isRegistered(const GlobalVariable &GV) {
  if (GV.isDeclarationForLinker() || GV.isConstant() || GV.isThreadLocal() || !GV.hasName())
    return false;
  if (GV.getName().starts_with("llvm.") || GV.getAddressSpace() != 0)
    return false;
  // The linker may discard the group of a local symbol, but not our reference to it.
  if (GV.hasLocalLinkage() && GV.hasComdat())
    return false;
  // Our reference would keep alive what nobody uses.
  return !(GV.isDiscardableIfUnused() && GV.use_empty());
}

static const DIGlobalVariable *variableOf(const GlobalVariable &GV) {
  SmallVector<DIGlobalVariableExpression *, 1> Expressions;
  GV.getDebugInfo(Expressions);
  return Expressions.empty() ? nullptr : Expressions.front()->getVariable();
}

// The function whose static variable Var is.
static const DISubprogram *functionOf(const DIGlobalVariable *Var) {
  auto *Scope = dyn_cast_or_null<DILocalScope>(Var->getScope());
  return Scope ? Scope->getSubprogram() : nullptr;
}

static Constant *globalTable(Module &M, Sites &S, uint64_t &Count) {
  LLVMContext &C = M.getContext();
  auto *Ptr = PointerType::getUnqual(C);
  auto *RowType = StructType::get(C, {Ptr, Ptr});
  SmallVector<Constant *, 32> Rows;
  for (GlobalVariable &GV : M.globals()) {
    if (!isRegistered(GV))
      continue;
    if (const DIGlobalVariable *Var = variableOf(GV)) {
      uint64_t Bytes = M.getDataLayout().getTypeAllocSize(GV.getValueType());
      Rows.push_back(ConstantStruct::get(RowType, {&GV, S.variable(Var, functionOf(Var), Bytes)}));
    }
  }
  Count = Rows.size();
  if (Rows.empty())
    return ConstantPointerNull::get(Ptr);
  auto *TableType = ArrayType::get(RowType, Rows.size());
  return new GlobalVariable(M, TableType, true, GlobalValue::PrivateLinkage,
                            ConstantArray::get(TableType, Rows), "redflag.globals");
}

static uint32_t flagsOf(const Module &M) {
  return any_of(M.globals(), [](const GlobalVariable &GV) { return GV.isThreadLocal() && !GV.isDeclaration(); })
             ? RF_MODULE_THREAD_LOCALS
             : 0;
}

static GlobalVariable *moduleRecord(Module &M, Sites &S) {
  LLVMContext &C = M.getContext();
  Type *I32 = Type::getInt32Ty(C), *I64 = Type::getInt64Ty(C), *Ptr = PointerType::getUnqual(C);
  auto *Ty = StructType::get(C, {I32, I32, Ptr, Ptr, I64});
  uint64_t Count = 0;
  Constant *Table = globalTable(M, S, Count);
  Constant *Name = S.string(M.getSourceFileName());
  Constant *Init = ConstantStruct::get(Ty, {ConstantInt::get(I32, RF_ABI_VERSION), ConstantInt::get(I32, flagsOf(M)),
                                            Name ? Name : ConstantPointerNull::get(cast<PointerType>(Ptr)),
                                            Table, ConstantInt::get(I64, Count)});
  // Not constant: with position independent code the section holds relocations, and must not differ in its
  // flags from one object to the next.
  auto *Record = new GlobalVariable(M, Ty, false, GlobalValue::InternalLinkage, Init, "redflag.module");
  Record->setSection("redflag_module");
  Record->setAlignment(Align(8));
  appendToUsed(M, {Record});
  return Record;
}

void redflag::emitModuleRecord(Module &M, Entries &E, Sites &S) {
  GlobalVariable *Record = moduleRecord(M, S);
  LLVMContext &C = M.getContext();
  auto *Ctor = Function::createWithDefaultAttr(FunctionType::get(Type::getVoidTy(C), false),
                                               GlobalValue::InternalLinkage, 0, "redflag.module_init", &M);
  Ctor->addFnAttr(Attribute::NoUnwind);
  IRBuilder<> B(BasicBlock::Create(C, "", Ctor));
  E.call(B, "__rf_module_init", {Record});
  B.CreateRetVoid();
  appendToGlobalCtors(M, Ctor, /*Priority=*/0);
}
