// trylock-misuse: nobody asks whether a trylock has succeeded, or the lock is released where it has failed.
#include "Check.h"
#include "Flow.h"
#include <set>

using namespace clang;
using namespace redflag::lint;

static void tell(const Body &B, const Call &At, std::string Message, const Call *Tried, Report R) {
  Finding Found;
  Found.Loc = At.E->getBeginLoc();
  Found.Expression = At.Key;
  Found.Message = std::move(Message);
  if (Tried)
    Found.Places.push_back({Tried->E->getBeginLoc(), "tried here"});
  Found.In = &B;
  R(std::move(Found));
}

static void run(const Program &P, Report R) {
  for (const auto &B : P.Bodies) {
    std::set<std::string> Seen;
    for (const Call &Try : B->Calls) {
      if (!Try.does(Does::TryLock))
        continue;
      if (B->isDiscarded(Try.E))
        tell(*B, Try, "nobody asks whether '" + Try.Key + "' was locked", nullptr, R);
      if (!Seen.insert(Try.Key).second)
        continue;
      lockFlow(P.Ctx, *B, Try.Key).each([&](const Stmt *S, State Before) {
        const Call *C = Before == State::Failed ? B->find(S) : nullptr;
        if (C && C->does(Does::Unlock) && C->Key == Try.Key)
          tell(*B, *C, "'" + C->Key + "' is unlocked where it could not be locked", &Try, R);
      });
    }
  }
}

const Check redflag::lint::TryLockMisuse = {
    "trylock-misuse",
    "the result of a trylock is ignored, or the lock is released where the trylock has failed",
    "Without the lock the critical section is not protected; releasing a lock that another thread holds lets a "
    "third "
    "one in.",
    "Test the result, and enter and unlock only where it tells of success.",
    true,
    run};
