// Lowers `go { ... }`, which arrives as a call of an outlined body with the addresses of the locals it captures.
// These move to memory with a count of its users (boxes), one box for each time that a declaration is executed.
#ifndef REDFLAG_PASS_GOBLOCKS_H
#define REDFLAG_PASS_GOBLOCKS_H

#include "Entries.h"
#include "Sites.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/IR/Instructions.h"
#include <optional>

namespace redflag {

// The annotation of a local that a block captures, and of the variable that a statement with a block begins with.
inline constexpr llvm::StringLiteral CapturedMark = "redflag.captured";

class GoBlocks {
public:
  GoBlocks(llvm::Module &M, Entries &E, Sites &S) : M(M), E(E), S(S) {}

  static bool isBody(const llvm::CallBase &Call);
  // Call is the body of the statement that begins with Begin, whose result Slot keeps.
  void add(llvm::CallBase *Begin, llvm::Value *Slot, llvm::CallBase *Call) {
    Blocks[Begin->getFunction()].push_back({Begin, Slot, Call});
  }
  void lower();
  // When nobody looks for calls any more: functions give their boxes up wherever they are left.
  void finish();
  // Takes out the annotations, those of code that is never reached too. Whether there were any.
  static bool forgetMarks(llvm::Module &M);

private:
  struct Block {
    llvm::CallBase *Begin;
    llvm::Value *Slot;
    llvm::CallBase *Call;
  };
  using Marks = llvm::DenseMap<llvm::Value *, llvm::SmallVector<llvm::Instruction *, 1>>;
  using Slots = llvm::SmallVector<llvm::AllocaInst *, 4>;

  void lowerIn(llvm::Function &F);
  void name(llvm::Function &F);
  bool check(llvm::Function &F, const Marks &Declared);
  void start(const Block &G, llvm::Function &F);
  bool isBox(const llvm::Value *V, llvm::Function &F) const;

  llvm::Module &M;
  Entries &E;
  Sites &S;
  llvm::MapVector<llvm::Function *, llvm::SmallVector<Block, 2>> Blocks;
  llvm::MapVector<llvm::Function *, Slots> Boxes;               // where a function keeps the addresses of its boxes
  llvm::DenseMap<const llvm::Function *, llvm::BitVector> Given; // fields of a body's context that are boxes
};

// Takes out a call whose result nobody uses. An invoke goes on as if it had returned.
void eraseCall(llvm::CallBase *Call);

} // namespace redflag

#endif
