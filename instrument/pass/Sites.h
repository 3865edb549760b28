// Emits the tables that reports are written from: sites, variables and their strings. Invariant: each distinct
// record exists once per module, and holds distances instead of addresses.
#ifndef REDFLAG_PASS_SITES_H
#define REDFLAG_PASS_SITES_H

#include "SourceTexts.h"
#include "rf_abi.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Module.h"
#include <map>
#include <tuple>

namespace redflag {

class Sites {
public:
  explicit Sites(llvm::Module &M);

  // The site of an access or call. Bytes: 0 when variable. Expr overrides the text of the source.
  llvm::Constant *site(const llvm::Instruction &I, rf_site_kind Kind, uint64_t Bytes,
                       llvm::StringRef Expr = llvm::StringRef());
  // The record of a variable; Func is the function it is local to, or null.
  llvm::Constant *variable(const llvm::DIVariable *Var, const llvm::DISubprogram *Func, uint64_t Bytes);
  // A NUL-terminated string; null for the empty one.
  llvm::Constant *string(llvm::StringRef S);

private:
  struct Fields {
    llvm::Constant *File = nullptr, *Func = nullptr, *Expr = nullptr, *Type = nullptr, *Inlined = nullptr;
    uint32_t Line = 0;
    uint16_t Col = 0;
    uint8_t Kind = 0, Size = 0;
  };
  using Key = std::tuple<llvm::Constant *, llvm::Constant *, llvm::Constant *, llvm::Constant *,
                         llvm::Constant *, uint32_t, uint16_t, uint8_t, uint8_t>;

  llvm::Constant *intern(const Fields &F);
  void locate(Fields &F, const llvm::DILocation *Loc, const llvm::Function &In);
  void describe(Fields &F, const llvm::DILocation *Loc, rf_site_kind Kind);
  llvm::Constant *blockType(const SourceText &Text);
  const llvm::DIType *typeCalled(llvm::StringRef Name, uint64_t Bytes);
  llvm::Constant *inlinedAt(const llvm::DILocation *Call, const llvm::Function &In);
  llvm::Constant *distance(llvm::Constant *Target, llvm::GlobalVariable *Owner, llvm::StructType *Type,
                           unsigned Field);
  llvm::GlobalVariable *record(llvm::StructType *Type, llvm::StringRef Name);
  llvm::StringRef nameOf(const llvm::DISubprogram *SP);
  llvm::StringRef nameOf(const llvm::DIFile *File);

  llvm::Module &M;
  const llvm::DICompileUnit *Unit = nullptr; // null without debug information
  llvm::StructType *SiteType, *VarType;
  std::map<Key, llvm::Constant *> Interned;
  llvm::StringMap<llvm::Constant *> Strings;
  llvm::DenseMap<const llvm::DIVariable *, llvm::Constant *> Variables;
  llvm::DenseMap<const llvm::DILocation *, llvm::Constant *> InlinedSites;
  llvm::DenseMap<const llvm::MDNode *, std::string> Names;
  llvm::StringMap<const llvm::DIType *> Types; // by name, null: several of the name differ; filled when first asked
};

} // namespace redflag

#endif
