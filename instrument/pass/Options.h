// What the wrapper compiler tells the plugin. Plain command-line options of LLVM (-mllvm -redflag-...), because
// those reach the pass also when there is no AST, as for LLVM IR as input.
#ifndef REDFLAG_PASS_OPTIONS_H
#define REDFLAG_PASS_OPTIONS_H

#include "llvm/Support/CommandLine.h"
#include <string>

namespace redflag {

extern llvm::cl::opt<bool> OptInstrument;          // off: only `go` statements are lowered
extern llvm::cl::opt<bool> OptEliminate;           // off: every access is checked
extern llvm::cl::opt<bool> OptEliminateJoin;       // off: no check is covered by checks on several paths
extern llvm::cl::opt<bool> OptHoist;               // off: each turn of a loop checks its own accesses
extern llvm::cl::opt<bool> OptOutline;             // off: every small check is inline
extern llvm::cl::opt<bool> OptLearn;               // off: an access tells nothing of where others lie
extern llvm::cl::opt<bool> OptShareState;          // off: each check loads the thread's state
extern llvm::cl::opt<bool> OptRecord;              // every access calls __rf_record besides
extern llvm::cl::opt<bool> OptStrip;               // the user did not ask for debug information
extern llvm::cl::list<std::string> OptIgnoreLists; // special-case lists of what is not instrumented

} // namespace redflag

#endif
