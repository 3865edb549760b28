#include "Names.h"
#include "SourceTexts.h"
#include "Versions.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/Demangle/Demangle.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace redflag;

static bool isC(const DICompileUnit *Unit) {
  return Unit && !dwarf::isCPlusPlus(sourceLanguage(Unit));
}

// The name of a scope as a prefix, "ns::Class::", or nothing for files and blocks.
static std::string scopePrefix(const DIScope *Scope) {
  for (; Scope; Scope = Scope->getScope()) {
    if (auto *NS = dyn_cast<DINamespace>(Scope)) {
      StringRef Name = NS->getName().empty() ? "(anonymous namespace)" : NS->getName();
      return scopePrefix(NS->getScope()) + Name.str() + "::";
    }
    if (auto *CT = dyn_cast<DICompositeType>(Scope)) {
      StringRef Name = CT->getName().empty() ? "(anonymous)" : CT->getName();
      return scopePrefix(CT->getScope()) + Name.str() + "::";
    }
    if (auto *SP = dyn_cast<DISubprogram>(Scope))
      return functionName(SP) + "::";
  }
  return "";
}

std::string redflag::functionName(const DISubprogram *SP) {
  if (isC(SP->getUnit()))
    return SP->getName().str();
  const DIScope *Scope = SP->getScope();
  if (auto *Declared = SP->getDeclaration())
    Scope = Declared->getScope();
  if (auto *CT = dyn_cast_or_null<DICompositeType>(Scope);
      CT && CT->getName().empty() && SP->getName() == "operator()")
    return scopePrefix(CT->getScope()) + "lambda";
  return scopePrefix(Scope) + SP->getName().str();
}

std::string redflag::functionName(const Function &F) {
  if (const DISubprogram *SP = F.getSubprogram())
    return functionName(SP);
  std::string Name = llvm::demangle(F.getName());
  return StringRef(Name).split('(').first.str();
}

std::string redflag::variableName(const DIVariable *Var) {
  if (isa<DILocalVariable>(Var) || isa_and_nonnull<DISubprogram>(Var->getScope()) ||
      isa_and_nonnull<DILexicalBlockBase>(Var->getScope()))
    return Var->getName().str();
  const DIScope *Scope = Var->getScope();
  if (auto *Global = dyn_cast<DIGlobalVariable>(Var))
    if (const DIDerivedType *Member = Global->getStaticDataMemberDeclaration())
      Scope = Member->getScope();
  return scopePrefix(Scope) + Var->getName().str();
}

static std::string compositeName(const DICompositeType *CT) {
  if (CT->getTag() == dwarf::DW_TAG_array_type) {
    std::string Name = typeName(CT->getBaseType());
    for (const DINode *N : CT->getElements())
      if (auto *Range = dyn_cast<DISubrange>(N)) {
        auto *Count = dyn_cast_if_present<ConstantInt *>(Range->getCount());
        bool Known = Count && Count->getSExtValue() >= 0;
        Name += Known ? "[" + std::to_string(Count->getSExtValue()) + "]" : "[]";
      }
    return Name;
  }
  StringRef Keyword = CT->getTag() == dwarf::DW_TAG_union_type         ? "union "
                      : CT->getTag() == dwarf::DW_TAG_enumeration_type ? "enum "
                                                                       : "struct ";
  std::string Name = scopePrefix(CT->getScope());
  Name += CT->getName().empty() ? "(anonymous)" : CT->getName();
  // Members of C++ scopes and class templates are written without the keyword; so is `class foo`.
  bool IsCpp = CT->getTag() == dwarf::DW_TAG_class_type || !CT->getIdentifier().empty() ||
               Name.find_first_of("<:") != std::string::npos;
  return IsCpp ? Name : Keyword.str() + Name;
}

static std::string signatureName(const DISubroutineType *ST, StringRef Middle) {
  DITypeRefArray Types = ST->getTypeArray();
  std::string Name = (Types.size() ? typeName(Types[0]) : "void") + " " + Middle.str() + "(";
  for (unsigned I = 1; I < Types.size(); ++I) {
    if (I > 1)
      Name += ", ";
    Name += Types[I] ? typeName(Types[I]) : "...";
  }
  return Name + ")";
}

static std::string pointerName(const DIDerivedType *DT) {
  const DIType *Target = DT->getBaseType();
  StringRef Mark = DT->getTag() == dwarf::DW_TAG_pointer_type     ? "*"
                   : DT->getTag() == dwarf::DW_TAG_reference_type ? "&"
                                                                  : "&&";
  if (auto *ST = dyn_cast_or_null<DISubroutineType>(Target))
    return signatureName(ST, ("(" + Mark + ")").str());
  std::string Name = typeName(Target);
  return Name + (Name.back() == '*' || Name.back() == '&' ? "" : " ") + Mark.str();
}

static std::string derivedName(const DIDerivedType *DT) {
  const DIType *Target = DT->getBaseType();
  switch (DT->getTag()) {
  case dwarf::DW_TAG_pointer_type:
  case dwarf::DW_TAG_reference_type:
  case dwarf::DW_TAG_rvalue_reference_type:
    return pointerName(DT);
  case dwarf::DW_TAG_const_type:
    return isa_and_nonnull<DIDerivedType>(Target) && Target->getTag() == dwarf::DW_TAG_pointer_type
               ? typeName(Target) + " const"
               : "const " + typeName(Target);
  case dwarf::DW_TAG_volatile_type:
    return "volatile " + typeName(Target);
  case dwarf::DW_TAG_atomic_type:
    return "_Atomic(" + typeName(Target) + ")";
  case dwarf::DW_TAG_restrict_type:
    return typeName(Target);
  case dwarf::DW_TAG_ptr_to_member_type:
    return typeName(Target) + " " + typeName(DT->getClassType()) + "::*";
  default: // a typedef or an alias
    return DT->getName().empty() ? typeName(Target) : scopePrefix(DT->getScope()) + DT->getName().str();
  }
}

std::string redflag::typeName(const DIType *Type) {
  if (!Type)
    return "void";
  if (auto *CT = dyn_cast<DICompositeType>(Type))
    return compositeName(CT);
  if (auto *ST = dyn_cast<DISubroutineType>(Type))
    return signatureName(ST, "");
  if (auto *DT = dyn_cast<DIDerivedType>(Type))
    return derivedName(DT);
  return Type->getName().str();
}

std::string redflag::fileName(const DIFile *File, const DICompileUnit *Unit) {
  StringRef Name = File->getFilename(), Dir = File->getDirectory();
  if (Name.empty() || sys::path::is_absolute(Name) || Dir.empty())
    return Name.str();
  // Clang splits absolute names at the prefix that they share with the working directory; undo that.
  bool Split = (Unit && Unit->getDirectory() != Dir) || !sourceTexts().knowsFile(Name);
  SmallString<128> Full(Dir);
  sys::path::append(Full, Name);
  bool InUnitDir = Unit && Unit->getDirectory() == Dir;
  if (Split && (!InUnitDir || sourceTexts().knowsFile(Full)))
    return Full.str().str();
  return Name.str();
}
