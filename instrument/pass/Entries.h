// Declares the runtime's entry points in a module, from the rows of rf_entries.def.
#ifndef REDFLAG_PASS_ENTRIES_H
#define REDFLAG_PASS_ENTRIES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

namespace redflag {

class Entries {
public:
  explicit Entries(llvm::Module &M);

  // Name must be a row of rf_entries.def.
  llvm::CallInst *call(llvm::IRBuilderBase &B, llvm::StringRef Name, llvm::ArrayRef<llvm::Value *> Args);

  // __rf_tls, and one of its fields (the order of struct rf_tls).
  enum TlsField { Cur, Mask, Base, Sp, Lsp };
  llvm::Constant *tls(TlsField Field);

  // Names that the pass itself or the runtime defines; never instrumented, no frame needed around them.
  static bool isOurs(llvm::StringRef Name) { return Name.starts_with("__rf_") || Name.starts_with("redflag."); }

private:
  llvm::Function *declare(llvm::StringRef Name);

  llvm::Module &M;
  llvm::StructType *TlsType;
  llvm::GlobalVariable *Tls = nullptr;
};

} // namespace redflag

#endif
