#include "Sites.h"
#include "Layouts.h"
#include "Names.h"
#include "Origins.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;
using namespace redflag;

Sites::Sites(Module &M) : M(M) {
  LLVMContext &C = M.getContext();
  Type *I32 = Type::getInt32Ty(C), *I16 = Type::getInt16Ty(C), *I8 = Type::getInt8Ty(C),
       *I64 = Type::getInt64Ty(C);
  SiteType = StructType::get(C, {I32, I32, I32, I32, I32, I32, I16, I8, I8});
  VarType = StructType::get(C, {I32, I32, I32, I32, I32, I32, I64});
  auto Units = M.debug_compile_units();
  if (!Units.empty())
    Unit = *Units.begin();
}

Constant *Sites::string(StringRef S) {
  if (S.empty())
    return nullptr;
  Constant *&Slot = Strings[S];
  if (!Slot) {
    Constant *Data = ConstantDataArray::getString(M.getContext(), S);
    auto *GV = new GlobalVariable(M, Data->getType(), true, GlobalValue::PrivateLinkage, Data, "redflag.str");
    GV->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
    GV->setAlignment(Align(1));
    Slot = GV;
  }
  return Slot;
}

GlobalVariable *Sites::record(StructType *Type, StringRef Name) {
  auto *GV = new GlobalVariable(M, Type, true, GlobalValue::PrivateLinkage, nullptr, Name);
  GV->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
  return GV;
}

// How far Target lies from the field of Owner that is to lead there.
Constant *Sites::distance(Constant *Target, GlobalVariable *Owner, StructType *Type, unsigned Field) {
  LLVMContext &C = M.getContext();
  auto *I32 = llvm::Type::getInt32Ty(C), *I64 = llvm::Type::getInt64Ty(C);
  if (!Target)
    return ConstantInt::get(I32, 0);
  Constant *Index[] = {ConstantInt::get(I32, 0), ConstantInt::get(I32, Field)};
  Constant *Here = ConstantExpr::getInBoundsGetElementPtr(Type, Owner, Index);
  Constant *Far =
      ConstantExpr::getSub(ConstantExpr::getPtrToInt(Target, I64), ConstantExpr::getPtrToInt(Here, I64));
  return ConstantExpr::getTrunc(Far, I32);
}

Constant *Sites::intern(const Fields &F) {
  Constant *&Slot = Interned[Key(F.File, F.Func, F.Expr, F.Type, F.Inlined, F.Line, F.Col, F.Kind, F.Size)];
  if (Slot)
    return Slot;
  GlobalVariable *GV = record(SiteType, "redflag.site");
  Constant *Targets[] = {F.File, F.Func, F.Expr, F.Type, F.Inlined};
  SmallVector<Constant *, 9> Values;
  for (unsigned I = 0; I < 5; ++I)
    Values.push_back(distance(Targets[I], GV, SiteType, I));
  uint64_t Numbers[] = {F.Line, F.Col, F.Kind, F.Size};
  for (unsigned I = 0; I < 4; ++I)
    Values.push_back(ConstantInt::get(SiteType->getElementType(5 + I), Numbers[I]));
  GV->setInitializer(ConstantStruct::get(SiteType, Values));
  return Slot = GV;
}

// Names of template instances can fill pages. Beyond this length their arguments are left out.
static constexpr size_t LongName = 80;

static std::string shortened(std::string Name) {
  if (Name.size() <= LongName || StringRef(Name).contains("operator"))
    return Name;
  std::string Out;
  unsigned Depth = 0;
  for (char C : Name) {
    if (C == '<' && Depth++ == 0)
      Out += "<...";
    if (C == '>' && Depth)
      --Depth;
    if (!Depth)
      Out += C;
  }
  return Depth ? Name : Out;
}

StringRef Sites::nameOf(const DISubprogram *SP) {
  std::string &Name = Names[SP];
  if (Name.empty())
    Name = shortened(functionName(SP));
  return Name;
}

StringRef Sites::nameOf(const DIFile *File) {
  std::string &Name = Names[File];
  if (Name.empty())
    Name = fileName(File, Unit);
  return Name;
}

void Sites::locate(Fields &F, const DILocation *Loc, const Function &In) {
  const DISubprogram *SP = Loc ? Loc->getScope()->getSubprogram() : In.getSubprogram();
  F.Func = string(SP ? nameOf(SP).str() : shortened(functionName(In)));
  if (!SP)
    return;
  const DIFile *File = Loc ? Loc->getFile() : SP->getFile();
  if (File)
    F.File = string(nameOf(File));
  if (!Loc)
    return;
  F.Line = Loc->getLine() ? Loc->getLine() : SP->getLine();
  F.Col = Loc->getColumn() > UINT16_MAX ? 0 : Loc->getColumn();
  if (const DILocation *Call = Loc->getInlinedAt())
    F.Inlined = inlinedAt(Call, In);
}

static TextKind textKind(rf_site_kind Kind) {
  switch (Kind) {
  case RF_SITE_CALL:
    return TextKind::Call;
  case RF_SITE_WRITE:
  case RF_SITE_ATOMIC_WRITE:
  case RF_SITE_VPTR:
    return TextKind::Write;
  default:
    return TextKind::Read;
  }
}

const DIType *Sites::typeCalled(StringRef Name, uint64_t Bytes) {
  if (Types.empty()) {
    DebugInfoFinder Finder;
    Finder.processModule(M);
    for (const DIType *T : Finder.types()) {
      auto *CT = dyn_cast_or_null<DICompositeType>(bareType(T));
      if (!CT || CT->isForwardDecl())
        continue;
      auto [Found, IsNew] = Types.try_emplace(typeName(T), T);
      if (!IsNew && Found->second && bareType(Found->second) != CT)
        Found->second = nullptr;
    }
    Types.try_emplace("", nullptr); // asked once, even if there are none
  }
  const DIType *T = Types.lookup(Name);
  return T && bytesOf(T) == Bytes ? T : nullptr;
}

Constant *Sites::blockType(const SourceText &Text) {
  if (Text.BlockIsCallers)
    return string(callersBlockText());
  if (!Text.BlockBytes)
    return nullptr;
  return string(blockText(Text.BlockBytes, Text.Type, Text.BlockIsArray, typeCalled(Text.Type, Text.BlockBytes)));
}

// Looks the text of the expression up where the AST left it, under any of the names that its file may have.
void Sites::describe(Fields &F, const DILocation *Loc, rf_site_kind Kind) {
  const DIFile *File = Loc->getFile();
  if (!File || !Loc->getLine() || Kind == RF_SITE_GO)
    return;
  const SourceText *Text = sourceTexts().find(textKind(Kind), nameOf(File), Loc->getLine(), Loc->getColumn());
  if (!Text)
    Text = sourceTexts().find(textKind(Kind), File->getFilename(), Loc->getLine(), Loc->getColumn());
  if (!Text)
    return;
  F.Expr = string(shortened(Text->Expr));
  F.Type = Text->BlockBytes || Text->BlockIsCallers ? blockType(*Text) : string(shortened(Text->Type));
  if (Kind == RF_SITE_READ || Kind == RF_SITE_WRITE)
    F.Kind |= (Text->Update ? RF_SITE_UPDATE : 0) | (Text->Polled ? RF_SITE_POLLED : 0);
}

Constant *Sites::inlinedAt(const DILocation *Call, const Function &In) {
  auto Found = InlinedSites.find(Call);
  if (Found != InlinedSites.end())
    return Found->second;
  Fields F;
  F.Kind = RF_SITE_CALL;
  locate(F, Call, In);
  describe(F, Call, RF_SITE_CALL);
  Constant *Site = intern(F);
  InlinedSites[Call] = Site;
  return Site;
}

// What a call without a text of its own calls.
static std::string calleeName(const Instruction &I) {
  auto *Call = dyn_cast<CallBase>(&I);
  const Function *Callee = Call ? Call->getCalledFunction() : nullptr;
  return Callee && !Callee->isIntrinsic() ? functionName(*Callee) : "";
}

Constant *Sites::site(const Instruction &I, rf_site_kind Kind, uint64_t Bytes, StringRef Expr) {
  Fields F;
  F.Kind = Kind;
  F.Size = Bytes > 255 ? 0 : Bytes;
  const DILocation *Loc = origins().find(I);
  locate(F, Loc, *I.getFunction());
  if (Loc)
    describe(F, Loc, Kind);
  if (!Expr.empty())
    F.Expr = string(Expr);
  else if (!F.Expr && Kind == RF_SITE_CALL)
    F.Expr = string(shortened(calleeName(I)));
  return intern(F);
}

Constant *Sites::variable(const DIVariable *Var, const DISubprogram *Func, uint64_t Bytes) {
  Constant *&Slot = Variables[Var];
  if (Slot)
    return Slot;
  Constant *Targets[] = {string(variableName(Var)), string(shortened(typeName(Var->getType()))),
                         Func ? string(nameOf(Func)) : nullptr,
                         Var->getFile() ? string(nameOf(Var->getFile())) : nullptr};
  GlobalVariable *GV = record(VarType, "redflag.var");
  SmallVector<Constant *, 7> Values;
  for (unsigned I = 0; I < 4; ++I)
    Values.push_back(distance(Targets[I], GV, VarType, I));
  Values.push_back(ConstantInt::get(VarType->getElementType(4), Var->getLine()));
  Values.push_back(distance(string(layoutText(Var->getType())), GV, VarType, 5));
  Values.push_back(ConstantInt::get(VarType->getElementType(6), Bytes));
  GV->setInitializer(ConstantStruct::get(VarType, Values));
  return Slot = GV;
}
