// What the functions of pthreads, C11 threads, C++ and the goroutine library do, as far as checks ask.
#ifndef REDFLAG_LINT_API_H
#define REDFLAG_LINT_API_H

#include "clang/AST/Expr.h"
#include "clang/AST/ExprCXX.h"

namespace redflag::lint {

enum class Does {
  Lock,
  Unlock,
  TryLock,
  CondWait,
  CondTimedWait,
  Start,      // of a thread or goroutine that gets an argument
  StartCopy,  // the same, with a copy of what the argument points at
  StartLater, // by a timer
  Join,
  Detach,
  Wait, // for something that another thread does
  Sleep,
  WgAdd,
  WgDone,
  WgWait,
  ContextMake,
  ContextUse,
  ContextEnd,
  InitLock, // or destroy it
  Cleanup,  // what it is given runs at another time
};

struct Api {
  const char *Name; // with its class, for members
  Does What;
  int Object;         // number of the argument that it works on; -1: the object of the member call
  int Other;          // Start: number of the function's argument; CondWait: of the lock's
  const char *Mode;   // "r" for the lock that readers share, where it has functions of its own
  bool ZeroIsSuccess; // of the result of TryLock
};

// Null: nothing that checks know.
const Api *apiOf(const clang::CallExpr *Call);
// The argument that Call works on, and the second one; null if it is missing.
const clang::Expr *objectOf(const Api &A, const clang::CallExpr *Call);
const clang::Expr *otherOf(const Api &A, const clang::CallExpr *Call);

// Types that hold what threads synchronise by, and must stay where they are. Null, or the type's name.
const char *syncTypeName(clang::QualType Type);
bool isThreadType(clang::QualType Type); // pthread_t, thrd_t
bool isStdThread(clang::QualType Type);  // std::thread, which must be joined
bool isGuardType(clang::QualType Type);  // std::lock_guard and its kin

} // namespace redflag::lint

#endif
