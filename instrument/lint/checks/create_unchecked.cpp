// create-unchecked: nobody asks whether the thread was created.
#include "Check.h"

using namespace clang;
using namespace redflag::lint;

static void run(const Program &P, Report R) {
  for (const auto &B : P.Bodies)
    for (const Call &C : B->Calls) {
      const FunctionDecl *F = C.E->getDirectCallee();
      if (!C.does(Does::Start) || !F || (F->getName() != "pthread_create" && F->getName() != "thrd_create") ||
          !B->isDiscarded(C.E))
        continue;
      Finding Found;
      Found.Loc = C.E->getBeginLoc();
      Found.Expression = textOf(P.Ctx, C.E->getArg(0));
      Found.Message = "nobody asks whether " + F->getNameAsString() + " has created the thread";
      Found.In = B.get();
      R(std::move(Found));
    }
}

const Check redflag::lint::CreateUnchecked = {"unchecked-create",
                                              "the result of pthread_create or thrd_create is ignored",
                                              "When the system has no thread left, the program goes on without "
                                              "it; a join then takes a thread id that was never "
                                              "set.",
                                              "Test the result.",
                                              true,
                                              run};
