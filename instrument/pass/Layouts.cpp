#include "Layouts.h"
#include "Names.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include <algorithm>

using namespace llvm;
using namespace redflag;

// Bounds on what one variable may add to an object: levels of nesting, and length.
static constexpr unsigned DeepestLevel = 4;
static constexpr size_t LongestLayout = 1200, LongestType = 60;

const DIType *redflag::bareType(const DIType *Type) {
  while (auto *DT = dyn_cast_or_null<DIDerivedType>(Type)) {
    switch (DT->getTag()) {
    case dwarf::DW_TAG_typedef:
    case dwarf::DW_TAG_const_type:
    case dwarf::DW_TAG_volatile_type:
    case dwarf::DW_TAG_atomic_type:
      Type = DT->getBaseType();
      break;
    default:
      return Type;
    }
  }
  return Type;
}

uint64_t redflag::bytesOf(const DIType *Type) {
  const DIType *Bare = bareType(Type);
  return Bare ? (Bare->getSizeInBits() + 7) / 8 : 0;
}

// How a library is made inside says nothing to who uses it.
static bool isLibrary(const DICompositeType *CT) {
  const DIScope *Scope = CT->getScope();
  for (; Scope; Scope = Scope->getScope())
    if (auto *NS = dyn_cast<DINamespace>(Scope);
        NS && (NS->getName() == "std" || NS->getName().starts_with("__")))
      return true;
  return CT->getName().starts_with("_");
}

static std::string typeText(std::string Name) {
  return Name.size() > LongestType || any_of(Name, [](char C) { return static_cast<unsigned char>(C) < ' '; })
             ? ""
             : Name;
}
static std::string typeText(const DIType *Type) { return typeText(typeName(Type)); }

static std::string layout(const DIType *Type, unsigned Levels);

static std::string element(uint64_t Bytes, const std::string &Type, const std::string &Inner) {
  return "\2" + std::to_string(Bytes) + "\t" + Type + "\t" + Inner + "\3";
}

// Dimensions from the last, which varies fastest, to the first.
static std::string arrayLayout(const DICompositeType *CT, unsigned Levels) {
  uint64_t Bytes = bytesOf(CT->getBaseType());
  std::string Type = typeText(CT->getBaseType()), Out = layout(CT->getBaseType(), Levels);
  SmallVector<int64_t, 4> Counts;
  for (const DINode *N : CT->getElements()) {
    auto *Range = dyn_cast<DISubrange>(N);
    auto *Count = Range ? dyn_cast_if_present<ConstantInt *>(Range->getCount()) : nullptr;
    if (!Count || Count->getSExtValue() <= 0)
      return "";
    Counts.push_back(Count->getSExtValue());
  }
  if (!Bytes)
    return "";
  for (size_t I = Counts.size(); I-- > 0;) {
    Out = element(Bytes, Type, Out);
    Bytes *= Counts[I];
    Type += "[" + std::to_string(Counts[I]) + "]";
  }
  return Out;
}

static std::string recordLayout(const DICompositeType *CT, unsigned Levels) {
  std::string Out;
  for (const DINode *N : CT->getElements()) {
    auto *Part = dyn_cast<DIDerivedType>(N);
    if (!Part || Part->isStaticMember() || Part->isVirtual())
      continue;
    bool IsBase = Part->getTag() == dwarf::DW_TAG_inheritance;
    if (!IsBase && Part->getTag() != dwarf::DW_TAG_member)
      continue;
    uint64_t First = Part->getOffsetInBits() / 8;
    uint64_t Bytes = Part->isBitField() ? (Part->getOffsetInBits() + Part->getSizeInBits() + 7) / 8 - First
                                        : bytesOf(Part->getBaseType());
    if (!Bytes || Part->getName().starts_with("_vptr"))
      continue;
    Out += std::to_string(First) + "\t" + std::to_string(Bytes) + "\t" + (IsBase ? "" : Part->getName().str()) +
           "\t" + typeText(Part->getBaseType()) + "\t" + layout(Part->getBaseType(), Levels);
  }
  return Out.empty() ? "" : "\1" + Out + "\3";
}

static std::string layout(const DIType *Type, unsigned Levels) {
  auto *CT = dyn_cast_or_null<DICompositeType>(bareType(Type));
  if (!CT || !Levels || CT->isForwardDecl())
    return "";
  if (CT->getTag() == dwarf::DW_TAG_array_type)
    return CT->isVector() ? "" : arrayLayout(CT, Levels);
  bool IsRecord = CT->getTag() == dwarf::DW_TAG_structure_type || CT->getTag() == dwarf::DW_TAG_class_type ||
                  CT->getTag() == dwarf::DW_TAG_union_type;
  return IsRecord && !isLibrary(CT) ? recordLayout(CT, Levels - 1) : "";
}

std::string redflag::layoutText(const DIType *Type) {
  for (unsigned Levels = DeepestLevel; Levels; --Levels)
    if (std::string Out = layout(Type, Levels); Out.size() <= LongestLayout)
      return Out;
  return "";
}

std::string redflag::callersBlockText() { return "\4"; }

std::string redflag::blockText(uint64_t Bytes, StringRef Name, bool IsArray, const DIType *Type) {
  std::string Text = typeText(Name.str()), Inner = Type ? layoutText(Type) : "";
  if (Text.empty())
    return "";
  if (IsArray)
    return element(Bytes, Text, Inner);
  return "\1" "0\t" + std::to_string(Bytes) + "\t\t" + Text + "\t" + Inner + "\3";
}
