#include "Flow.h"
#include "llvm/ADT/SmallPtrSet.h"
#include <set>

using namespace clang;
using namespace redflag::lint;

static State join(State A, State B) {
  if (A == State::Unreached || A == B)
    return B;
  if (B == State::Unreached)
    return A;
  const bool BothFree = A != State::Yes && B != State::Yes && A != State::Maybe && B != State::Maybe;
  return BothFree ? State::No : State::Maybe;
}

Flow::Flow(ASTContext &Ctx, const Body &B, Effect E, Decision D, State AtEntry)
    : Graph(B.graph(Ctx)), TheEffect(std::move(E)), TheDecision(std::move(D)) {
  if (!Graph)
    return;
  Entry.assign(Graph->getNumBlockIDs(), State::Unreached);
  Entry[Graph->getEntry().getBlockID()] = AtEntry;
  std::vector<const CFGBlock *> Work{&Graph->getEntry()};
  // Each state only rises, Unreached to Maybe; the work ends.
  while (!Work.empty()) {
    const CFGBlock *Block = Work.back();
    Work.pop_back();
    for (const CFGBlock *Next : Block->succs()) {
      if (!Next)
        continue;
      const State Joined = join(Entry[Next->getBlockID()], along(Block, Next));
      if (Joined == Entry[Next->getBlockID()])
        continue;
      Entry[Next->getBlockID()] = Joined;
      Work.push_back(Next);
    }
  }
}

State Flow::after(const CFGBlock *Block, State S) const {
  if (S == State::Unreached)
    return S;
  for (const CFGElement &Element : *Block)
    if (auto Stmt = Element.getAs<CFGStmt>())
      if (std::optional<State> New = TheEffect(Stmt->getStmt()))
        S = *New;
  return S;
}

State Flow::along(const CFGBlock *From, const CFGBlock *To) const {
  const State S = after(From, Entry[From->getBlockID()]);
  const auto *Condition = dyn_cast_or_null<Expr>(From->getTerminatorCondition());
  if (S == State::Unreached || !TheDecision || !Condition || From->succ_size() != 2)
    return S;
  const auto Told = TheDecision(Condition);
  if (!Told)
    return S;
  return *From->succ_begin() == To ? Told->first : Told->second;
}

void Flow::each(llvm::function_ref<void(const Stmt *, State)> Visit) const {
  if (!Graph)
    return;
  for (const CFGBlock *Block : *Graph) {
    State S = Entry[Block->getBlockID()];
    if (S == State::Unreached)
      continue;
    for (const CFGElement &Element : *Block)
      if (auto Found = Element.getAs<CFGStmt>()) {
        Visit(Found->getStmt(), S);
        if (std::optional<State> New = TheEffect(Found->getStmt()))
          S = *New;
      }
  }
}

std::vector<Flow::Exit> Flow::exits() const {
  std::vector<Exit> Found;
  if (!Graph)
    return Found;
  for (const CFGBlock *Block : Graph->getExit().preds()) {
    if (!Block || Block->hasNoReturnElement() || Entry[Block->getBlockID()] == State::Unreached)
      continue;
    const Stmt *Last = nullptr;
    for (const CFGElement &Element : *Block)
      if (auto S = Element.getAs<CFGStmt>())
        Last = S->getStmt();
    Found.push_back({Last, along(Block, &Graph->getExit()), Last && isa<ReturnStmt>(Last)});
  }
  return Found;
}

bool Flow::hasEffect(const CFGBlock *Block) const {
  for (const CFGElement &Element : *Block)
    if (auto S = Element.getAs<CFGStmt>(); S && TheEffect(S->getStmt()))
      return true;
  return false;
}

bool Flow::effectFollows(const CFGBlock *Block) const {
  llvm::SmallPtrSet<const CFGBlock *, 16> Seen;
  std::vector<const CFGBlock *> Work{Block};
  while (!Work.empty()) {
    const CFGBlock *At = Work.back();
    Work.pop_back();
    if (!At || !Seen.insert(At).second)
      continue;
    if (hasEffect(At))
      return true;
    Work.insert(Work.end(), At->succ_begin(), At->succ_end());
  }
  return false;
}

std::vector<const Stmt *> Flow::lostJumps() const {
  std::vector<const Stmt *> Found;
  if (!Graph)
    return Found;
  for (const CFGBlock *Block : *Graph) {
    bool Yes = false, No = false, Maybe = false;
    for (const CFGBlock *From : Block->preds()) {
      const State S = From ? along(From, Block) : State::Unreached;
      Yes |= S == State::Yes;
      No |= S == State::No;
      Maybe |= S == State::Maybe;
    }
    if (!Yes || !No || Maybe || effectFollows(Block))
      continue;
    for (const CFGBlock *From : Block->preds()) {
      const Stmt *Jump = From ? From->getTerminatorStmt() : nullptr;
      if (Jump && along(From, Block) == State::Yes && (isa<GotoStmt>(Jump) || isa<BreakStmt>(Jump)))
        Found.push_back(Jump);
    }
  }
  return Found;
}

bool Flow::inCycle(const Stmt *S) const {
  if (!Graph)
    return true;
  const CFGBlock *Home = nullptr;
  for (const CFGBlock *Block : *Graph)
    for (const CFGElement &Element : *Block)
      if (auto Found = Element.getAs<CFGStmt>(); Found && Found->getStmt() == S)
        Home = Block;
  if (!Home)
    return true;
  llvm::SmallPtrSet<const CFGBlock *, 16> Seen;
  std::vector<const CFGBlock *> Work(Home->succ_begin(), Home->succ_end());
  while (!Work.empty()) {
    const CFGBlock *At = Work.back();
    Work.pop_back();
    if (At == Home)
      return true;
    if (At && Seen.insert(At).second)
      Work.insert(Work.end(), At->succ_begin(), At->succ_end());
  }
  return false;
}

// ---- Locks ----

// The call whose result E is: itself, or what the local E was set to, if only once.
static const Call *resultOf(const Body &B, const Expr *E) {
  E = plain(E);
  if (const auto *Assign = dyn_cast<BinaryOperator>(E); Assign && Assign->getOpcode() == BO_Assign)
    E = plain(Assign->getRHS());
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  if (!Var)
    return B.find(E);
  const Expr *Value = nullptr;
  unsigned Values = 0;
  walk(B.Root, [&](const Stmt *S) {
    if (const auto *Assign = dyn_cast<BinaryOperator>(S);
        Assign && Assign->isAssignmentOp() && namedBy(Assign->getLHS()) == Var) {
      Value = plain(Assign->getRHS());
      Values++;
    }
  });
  if (Var->hasInit() && !isa<ParmVarDecl>(Var)) {
    Value = Values ? Value : plain(Var->getInit());
    Values++;
  }
  return Values == 1 ? B.find(Value) : nullptr;
}

std::optional<std::pair<const Call *, bool>> redflag::lint::testedTryLock(const Body &B,
                                                                          const Expr *Condition) {
  bool Nonzero = true; // where the condition is true, the result is
  const Expr *E = plain(Condition);
  for (;;) {
    if (const auto *Not = dyn_cast<UnaryOperator>(E); Not && Not->getOpcode() == UO_LNot) {
      Nonzero = !Nonzero;
      E = plain(Not->getSubExpr());
      continue;
    }
    const auto *Compare = dyn_cast<BinaryOperator>(E);
    if (!Compare || !Compare->isEqualityOp())
      break;
    const auto *Number = dyn_cast<IntegerLiteral>(plain(Compare->getRHS()));
    const auto *Enumerator = dyn_cast<DeclRefExpr>(plain(Compare->getRHS()));
    const bool Zero = Number ? Number->getValue() == 0
                             : Enumerator && isa<EnumConstantDecl>(Enumerator->getDecl()) &&
                                   cast<EnumConstantDecl>(Enumerator->getDecl())->getInitVal() == 0;
    if (!Zero)
      return std::nullopt;
    if (Compare->getOpcode() == BO_EQ)
      Nonzero = !Nonzero;
    E = plain(Compare->getLHS());
  }
  const Call *C = resultOf(B, E);
  if (!C || (!C->does(Does::TryLock) && !(C->does(Does::Lock) && C->What->ZeroIsSuccess)))
    return std::nullopt;
  return std::pair(C, Nonzero != C->What->ZeroIsSuccess);
}

static bool isIgnored(const Body &B, const Expr *E) {
  const Stmt *Up = B.parent(E);
  const auto *Cast = dyn_cast_or_null<CastExpr>(Up);
  return B.isDiscarded(E) || (Cast && Cast->getType()->isVoidType());
}

bool redflag::lint::renames(const Stmt *S, const Expr *Object) {
  const ValueDecl *Changed = nullptr;
  if (const Expr *To = changedBy(S))
    Changed = namedBy(To);
  if (const auto *Declares = dyn_cast<DeclStmt>(S); Declares && Declares->isSingleDecl())
    Changed = dyn_cast<VarDecl>(Declares->getSingleDecl());
  return Changed && Object && mentions(Object, Changed);
}

Flow redflag::lint::lockFlow(ASTContext &Ctx, const Body &B, const std::string &Key) {
  const Expr *Object = nullptr;
  for (const Call &C : B.Calls)
    if (C.Key == Key)
      Object = C.Object;
  auto Effect = [&B, Key, Object](const Stmt *S) -> std::optional<State> {
    const Call *C = B.find(S);
    if (!C && renames(S, Object))
      return State::Maybe;
    if (!C || C->Key != Key)
      return std::nullopt;
    // Who looks at the result of lock does not rely on it.
    if (C->does(Does::Lock))
      return !C->What->ZeroIsSuccess || isIgnored(B, C->E) ? State::Yes : State::Maybe;
    if (C->does(Does::Unlock))
      return State::No;
    return C->does(Does::TryLock) ? std::optional(State::Maybe) : std::nullopt;
  };
  auto Decision = [&B, Key](const Expr *Condition) -> std::optional<std::pair<State, State>> {
    auto Tested = testedTryLock(B, Condition);
    if (!Tested || Tested->first->Key != Key)
      return std::nullopt;
    return Tested->second ? std::pair(State::Yes, State::Failed) : std::pair(State::Failed, State::Yes);
  };
  return Flow(Ctx, B, Effect, Decision);
}

std::vector<std::string> redflag::lint::heldAt(ASTContext &Ctx, const Body &B, const Stmt *S) {
  std::set<std::string> Keys;
  std::vector<std::string> Held;
  for (const Call &C : B.Calls)
    if (C.does(Does::Lock) || C.does(Does::TryLock))
      Keys.insert(C.Key);
  for (const std::string &Key : Keys) {
    Flow F = lockFlow(Ctx, B, Key);
    State At = State::Unreached;
    F.each([&](const Stmt *Element, State Before) {
      if (Element == S)
        At = Before;
    });
    if (At == State::Yes)
      Held.push_back(Key);
  }
  for (const Stmt *P = B.parent(S), *Child = S; P; Child = P, P = B.parent(P))
    if (const auto *Block = dyn_cast<CompoundStmt>(P))
      for (const Stmt *Before : Block->body()) {
        if (Before == Child)
          break;
        const auto *Declares = dyn_cast<DeclStmt>(Before);
        const auto *Var =
            Declares && Declares->isSingleDecl() ? dyn_cast<VarDecl>(Declares->getSingleDecl()) : nullptr;
        if (Var && isGuardType(Var->getType()))
          Held.push_back(Var->getNameAsString());
      }
  return Held;
}
