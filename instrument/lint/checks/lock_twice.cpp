// lock-twice: a lock is taken again by the thread that holds it.
#include "Check.h"
#include "Flow.h"
#include <set>

using namespace clang;
using namespace redflag::lint;

// A mutex that may be taken twice is made so by a name that somewhere stands in this unit.
static bool hasRecursive(const Program &P) {
  for (const char *Name : {"PTHREAD_MUTEX_RECURSIVE", "PTHREAD_MUTEX_RECURSIVE_NP", "PTHREAD_MUTEX_ERRORCHECK"})
    for (const auto &B : P.Bodies) {
      bool Found = false;
      walk(B->Root, [&](const Stmt *S) {
        if (const auto *Ref = dyn_cast<DeclRefExpr>(S); Ref && Ref->getDecl()->getIdentifier())
          Found |= Ref->getDecl()->getName() == Name;
      });
      if (Found)
        return true;
    }
  return false;
}

static bool mayRepeat(const Call &C) {
  const FunctionDecl *F = C.E->getDirectCallee();
  if (F && F->getIdentifier() && F->getName().contains("rdlock"))
    return true;
  const auto *Member = dyn_cast<CXXMemberCallExpr>(C.E);
  const CXXRecordDecl *Class = Member ? Member->getObjectType()->getAsCXXRecordDecl() : nullptr;
  return Class && Class->getName().contains("recursive");
}

static void run(const Program &P, Report R) {
  const bool Recursive = hasRecursive(P);
  for (const auto &B : P.Bodies) {
    std::set<std::string> Seen;
    for (const Call &First : B->Calls) {
      if (!First.does(Does::Lock) || Recursive || mayRepeat(First) || !Seen.insert(First.Key).second)
        continue;
      if (llvm::count_if(B->Calls, [&](const Call &C) { return C.does(Does::Lock) && C.Key == First.Key; }) <
              2 &&
          !B->loopAround(First.E))
        continue;
      Flow F = lockFlow(P.Ctx, *B, First.Key);
      F.each([&](const Stmt *S, State Before) {
        const Call *C = Before == State::Yes ? B->find(S) : nullptr;
        if (!C || !C->does(Does::Lock) || C->Key != First.Key)
          return;
        Finding Found;
        Found.Loc = C->E->getBeginLoc();
        Found.Expression = C->Key;
        Found.Message = "'" + C->Key + "' is locked already on every path to here: the thread waits for itself";
        if (C != &First)
          Found.Places.push_back({First.E->getBeginLoc(), "locked here"});
        Found.In = B.get();
        R(std::move(Found));
      });
    }
  }
}

const Check redflag::lint::LockTwice = {"lock-twice",
                                        "a lock is taken again by a function that holds it",
                                        "A mutex that is not recursive makes the thread wait for itself.",
                                        "Leave one of the two out, or unlock in between.",
                                        true,
                                        run};
