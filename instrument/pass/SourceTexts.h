// Where the AST leaves the text of expressions for the pass to find. Keyed by the place that the debug
// information will give for the access: presumed file, line and column.
#ifndef REDFLAG_PASS_SOURCETEXTS_H
#define REDFLAG_PASS_SOURCETEXTS_H

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include <string>

namespace redflag {

struct SourceText {
  std::string Expr; // `*v`, or a callee's name
  std::string Type; // `int`; of a call that allocates what the block is allocated as, "" unknown
  bool Update = false; // of `x++`, `x += y`, `x = x + y`
  bool Polled = false; // in the condition of a loop that only waits
  uint64_t BlockBytes = 0; // of a call that allocates: of one Type, 0: unknown
  bool BlockIsArray = false; // the block consists of nothing but such
  bool BlockIsCallers = false; // what the block is allocated as is the caller's business
};

// Go: at the place of the word `go`, the callee's name and, as Type, its linkage name in brackets, `[]` for a
// call by pointer; one after the other for the instantiations of a template.
enum class TextKind { Read, Write, Call, Go };

class SourceTexts {
public:
  // The first text of a place stays: a later one comes from another instantiation of the same source.
  void add(TextKind Kind, llvm::StringRef File, unsigned Line, unsigned Col, SourceText Text);
  void replace(TextKind Kind, llvm::StringRef File, unsigned Line, unsigned Col, SourceText Text);
  void addGo(llvm::StringRef File, unsigned Line, unsigned Col, llvm::StringRef Name, llvm::StringRef Linkage);
  const SourceText *find(TextKind Kind, llvm::StringRef File, unsigned Line, unsigned Col) const;
  bool knowsFile(llvm::StringRef File) const { return Files.count(File); }

private:
  using Places = llvm::DenseMap<uint64_t, SourceText>;
  llvm::StringMap<Places> Files;
};

// The one table of this compilation.
SourceTexts &sourceTexts();

} // namespace redflag

#endif
