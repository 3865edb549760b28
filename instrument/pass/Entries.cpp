#include "Entries.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace redflag;

namespace {

struct Row {
  const char *Name;
  char Ret;
  const char *Args;
  bool Slow;
};

// The macro's ret column is a string literal; its first letter is the type.
constexpr Row Rows[] = {
#define RF_SLOW(name, args) {#name, 'v', args, true},
#define RF_CALL(name, ret, args) {#name, ret[0], args, false},
#include "rf_entries.def"
#undef RF_SLOW
#undef RF_CALL
};

const Row &findRow(StringRef Name) {
  for (const Row &R : Rows)
    if (Name == R.Name)
      return R;
  report_fatal_error(Twine("redflag: no entry point named ") + Name);
}

Type *typeOf(LLVMContext &C, char Letter) {
  switch (Letter) {
  case 'v':
    return Type::getVoidTy(C);
  case 'b':
    return Type::getInt8Ty(C);
  case 'h':
    return Type::getInt16Ty(C);
  case 'i':
    return Type::getInt32Ty(C);
  case 'l':
    return Type::getInt64Ty(C);
  case 'o':
    return Type::getInt128Ty(C);
  default: // p, s, m
    return PointerType::getUnqual(C);
  }
}

// C passes small integers extended to 32 bits and callees rely on it.
bool isSmall(char Letter) { return Letter == 'b' || Letter == 'h'; }

} // namespace

Entries::Entries(Module &M) : M(M) {
  LLVMContext &C = M.getContext();
  Type *Word = Type::getInt64Ty(C), *Ptr = PointerType::getUnqual(C);
  TlsType = StructType::get(C, {Word, Word, Word, Ptr, Ptr});
}

Function *Entries::declare(StringRef Name) {
  if (Function *F = M.getFunction(Name))
    return F;
  const Row &R = findRow(Name);
  LLVMContext &C = M.getContext();
  SmallVector<Type *, 6> Params;
  for (const char *A = R.Args; *A; ++A)
    Params.push_back(typeOf(C, *A));
  auto *FT = FunctionType::get(typeOf(C, R.Ret), Params, false);
  Function *F = Function::Create(FT, GlobalValue::ExternalLinkage, Name, M);
  F->setDoesNotThrow();
  for (unsigned I = 0; R.Args[I]; ++I)
    if (isSmall(R.Args[I]))
      F->addParamAttr(I, Attribute::ZExt);
  if (isSmall(R.Ret))
    F->addRetAttr(Attribute::ZExt);
  if (R.Slow) {
    F->setCallingConv(CallingConv::PreserveMost);
    F->addFnAttr(Attribute::Cold);
  }
  return F;
}

CallInst *Entries::call(IRBuilderBase &B, StringRef Name, ArrayRef<Value *> Args) {
  Function *F = declare(Name);
  CallInst *Call = B.CreateCall(F, Args);
  Call->setCallingConv(F->getCallingConv());
  // Merged calls would report one line for another's access.
  Call->addFnAttr(Attribute::NoMerge);
  return Call;
}

Constant *Entries::tls(TlsField Field) {
  if (!Tls)
    Tls = M.getGlobalVariable("__rf_tls");
  if (!Tls) {
    Tls = new GlobalVariable(M, TlsType, false, GlobalValue::ExternalLinkage, nullptr, "__rf_tls", nullptr,
                             GlobalValue::InitialExecTLSModel);
    // An executable holds the runtime, so that its own code may count on a fixed offset (local-exec).
    if (M.getPICLevel() == PICLevel::NotPIC || M.getPIELevel() != PIELevel::Default)
      Tls->setDSOLocal(true);
  }
  LLVMContext &C = M.getContext();
  Constant *Index[] = {ConstantInt::get(Type::getInt32Ty(C), 0), ConstantInt::get(Type::getInt32Ty(C), Field)};
  return ConstantExpr::getInBoundsGetElementPtr(TlsType, Tls, Index);
}
