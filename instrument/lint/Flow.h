// What is true of one object (a lock, a wait group, a context) at each point of a body, on every path that
// leads there. Invariant: a state other than Maybe holds on all of these paths.
#ifndef REDFLAG_LINT_FLOW_H
#define REDFLAG_LINT_FLOW_H

#include "Program.h"
#include <optional>

namespace redflag::lint {

enum class State : unsigned char { Unreached, No, Yes, Failed, Maybe };

class Flow {
public:
  // What a statement makes of the state; nothing: leaves it.
  using Effect = std::function<std::optional<State>(const clang::Stmt *)>;
  // What a condition tells: the states where it is true and where it is false.
  using Decision = std::function<std::optional<std::pair<State, State>>(const clang::Expr *)>;

  Flow(clang::ASTContext &Ctx, const Body &B, Effect E, Decision D = {}, State AtEntry = State::No);

  bool known() const { return Graph; } // else the body is too odd, and nothing can be said
  void each(llvm::function_ref<void(const clang::Stmt *, State Before)> Visit) const;

  struct Exit {
    const clang::Stmt *Last; // the return, or what comes last before the end; null: an empty path
    State At;
    bool Returns; // by a statement
  };
  std::vector<Exit> exits() const;

  // A jump (goto, break) with the state Yes to where other paths come with No, from where nothing has an effect
  // any more until the end.
  std::vector<const clang::Stmt *> lostJumps() const;
  // Whether the element S lies on a cycle.
  bool inCycle(const clang::Stmt *S) const;

private:
  State after(const clang::CFGBlock *Block, State S) const;
  State along(const clang::CFGBlock *From, const clang::CFGBlock *To) const;
  bool hasEffect(const clang::CFGBlock *Block) const;
  bool effectFollows(const clang::CFGBlock *Block) const;

  const clang::CFG *Graph;
  Effect TheEffect;
  Decision TheDecision;
  std::vector<State> Entry; // by block
};

// Whether S gives another value to a variable that Object names, after which it names another object.
bool renames(const clang::Stmt *S, const clang::Expr *Object);
// The states of a lock in B: Yes is held. Calls that lock or unlock under Key; conditions that test a trylock.
Flow lockFlow(clang::ASTContext &Ctx, const Body &B, const std::string &Key);
// The call of TryLock, or of Lock, whose result Condition tests, and whether it has succeeded where Condition
// is true.
std::optional<std::pair<const Call *, bool>> testedTryLock(const Body &B, const clang::Expr *Condition);
// The keys of the locks that are held for certain at S.
std::vector<std::string> heldAt(clang::ASTContext &Ctx, const Body &B, const clang::Stmt *S);

} // namespace redflag::lint

#endif
