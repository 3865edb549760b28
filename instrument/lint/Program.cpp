#include "Program.h"
#include "GoCheck.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/PrettyPrinter.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;
using namespace redflag;
using namespace redflag::lint;

// ---- Expressions ----

const Expr *lint::plain(const Expr *E) { return E ? E->IgnoreParenCasts() : nullptr; }

std::string lint::textOf(const ASTContext &Ctx, const Stmt *E) {
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  if (E)
    E->printPretty(OS, nullptr, Ctx.getPrintingPolicy());
  return Text;
}

std::string lint::keyOf(const ASTContext &Ctx, const Expr *Pointer) {
  const Expr *E = plain(Pointer);
  if (!E)
    return "";
  if (E->isGLValue() && !E->getType()->isAnyPointerType())
    return textOf(Ctx, E);
  if (const auto *Address = dyn_cast<UnaryOperator>(E); Address && Address->getOpcode() == UO_AddrOf)
    return textOf(Ctx, plain(Address->getSubExpr()));
  return "*" + textOf(Ctx, E);
}

const ValueDecl *lint::namedBy(const Expr *E) {
  for (E = plain(E); E;) {
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
      return Ref->getDecl();
    if (const auto *Member = dyn_cast<MemberExpr>(E))
      return Member->getMemberDecl();
    const auto *Index = dyn_cast<ArraySubscriptExpr>(E);
    E = Index ? plain(Index->getBase()) : nullptr;
  }
  return nullptr;
}

const Expr *lint::changedBy(const Stmt *S) {
  if (const auto *Assign = dyn_cast<BinaryOperator>(S))
    return Assign->isAssignmentOp() ? Assign->getLHS() : nullptr;
  const auto *Step = dyn_cast<UnaryOperator>(S);
  return Step && Step->isIncrementDecrementOp() ? Step->getSubExpr() : nullptr;
}

const VarDecl *lint::addressOf(const Expr *E) {
  E = plain(E);
  const auto *Address = dyn_cast_or_null<UnaryOperator>(E);
  if (E && E->getType()->isArrayType())
    ; // decays to the address of its first element
  else if (!Address || Address->getOpcode() != UO_AddrOf)
    return nullptr;
  else
    E = plain(Address->getSubExpr());
  for (; E;) {
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
      return Ref->getType()->isReferenceType() ? nullptr : dyn_cast<VarDecl>(Ref->getDecl());
    if (const auto *Member = dyn_cast<MemberExpr>(E); Member && !Member->isArrow())
      E = plain(Member->getBase());
    else if (const auto *Index = dyn_cast<ArraySubscriptExpr>(E);
             Index && plain(Index->getBase())->getType()->isArrayType())
      E = plain(Index->getBase());
    else
      return nullptr;
  }
  return nullptr;
}

bool lint::mentions(const Stmt *S, const ValueDecl *D) {
  bool Found = false;
  walk(S, [&](const Stmt *Inner) {
    if (const auto *Ref = dyn_cast<DeclRefExpr>(Inner))
      Found |= Ref->getDecl()->getCanonicalDecl() == D->getCanonicalDecl();
    if (const auto *Member = dyn_cast<MemberExpr>(Inner))
      Found |= Member->getMemberDecl() == D;
  });
  return Found;
}

bool lint::isLoop(const Stmt *S) {
  if (const auto *For = dyn_cast<ForStmt>(S))
    return !goMarker(For);
  return isa<WhileStmt>(S) || isa<DoStmt>(S) || isa<CXXForRangeStmt>(S);
}

void lint::walk(const Stmt *S, llvm::function_ref<void(const Stmt *)> Visit) {
  if (!S)
    return;
  Visit(S);
  if (isa<UnaryExprOrTypeTraitExpr>(S) || isa<CXXNoexceptExpr>(S))
    return;
  if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
    for (const Expr *Init : Lambda->capture_inits())
      walk(Init, Visit);
    return;
  }
  for (const Stmt *Child : S->children())
    walk(Child, Visit);
}

const VarDecl *lint::rootOf(const Expr *E) {
  for (E = plain(E); E;) {
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
      return dyn_cast<VarDecl>(Ref->getDecl());
    if (const auto *Member = dyn_cast<MemberExpr>(E))
      E = plain(Member->getBase());
    else if (const auto *Index = dyn_cast<ArraySubscriptExpr>(E))
      E = plain(Index->getBase());
    else if (const auto *Unary = dyn_cast<UnaryOperator>(E))
      E = plain(Unary->getSubExpr());
    else
      return nullptr;
  }
  return nullptr;
}

bool lint::passes(const CallExpr *Call, const Expr *Object) {
  const VarDecl *Root = rootOf(Object);
  return Root && llvm::any_of(Call->arguments(), [&](const Expr *Argument) {
           return Argument->getType()->isPointerType() ? rootOf(Argument) == Root : addressOf(Argument) == Root;
         });
}

bool lint::nameHas(StringRef Name, llvm::ArrayRef<const char *> Words) {
  const std::string Low = Name.lower();
  return llvm::any_of(Words, [&](const char *W) { return StringRef(Low).contains(W); });
}

bool lint::comesBefore(const ASTContext &Ctx, SourceLocation A, SourceLocation B) {
  const SourceManager &SM = Ctx.getSourceManager();
  return SM.isBeforeInTranslationUnit(SM.getExpansionLoc(A), SM.getExpansionLoc(B));
}

// ---- Bodies ----

bool Body::calls(Does D) const {
  return llvm::any_of(Calls, [&](const Call &C) { return C.does(D); });
}

bool Body::waitsAfter(SourceLocation Loc) const {
  const SourceManager &SM = Owner->getASTContext().getSourceManager();
  const SourceLocation At = SM.getExpansionLoc(Loc);
  return llvm::any_of(Calls, [&](const Call &C) {
    const bool Waits = C.does(Does::Join) || C.does(Does::Wait) || C.does(Does::WgWait) ||
                       C.does(Does::CondWait) || C.does(Does::CondTimedWait);
    return Waits && SM.isBeforeInTranslationUnit(At, SM.getExpansionLoc(C.E->getBeginLoc()));
  });
}

const Call *Body::find(const Stmt *E) const {
  if (!isa<CallExpr>(E))
    return nullptr;
  for (const Call &C : Calls)
    if (C.E == E)
      return &C;
  return nullptr;
}

const CFG *Body::graph(ASTContext &Ctx) const {
  if (!HasGraph) {
    CFG::BuildOptions Options;
    Options.setAllAlwaysAdd();
    Graph = CFG::buildCFG(Owner, const_cast<Stmt *>(Root), &Ctx, Options);
    HasGraph = true;
  }
  return Graph.get();
}

Stmt *Body::parent(const Stmt *S) const {
  if (!Parents)
    Parents = std::make_unique<ParentMap>(const_cast<Stmt *>(Root));
  return S == Root ? nullptr : Parents->getParent(const_cast<Stmt *>(S));
}

const Stmt *Body::loopAround(const Stmt *S) const {
  for (const Stmt *P = parent(S); P; P = parent(P))
    if (isLoop(P))
      return P;
  return nullptr;
}

bool Body::isDiscarded(const Expr *E) const {
  const Stmt *Inner = E, *P = parent(E);
  while (P && (isa<ParenExpr>(P) || isa<FullExpr>(P))) {
    Inner = P;
    P = parent(P);
  }
  if (!P || isa<CompoundStmt>(P) || isa<SwitchCase>(P) || isa<LabelStmt>(P)) {
    const Stmt *Holder = P ? parent(P) : nullptr;
    const auto *Value = dyn_cast_or_null<StmtExpr>(Holder); // whose last statement is its value
    return !Value || cast<CompoundStmt>(P)->body_back() != Inner;
  }
  if (const auto *If = dyn_cast<IfStmt>(P))
    return If->getCond() != Inner;
  if (const auto *While = dyn_cast<WhileStmt>(P))
    return While->getCond() != Inner;
  if (const auto *Do = dyn_cast<DoStmt>(P))
    return Do->getCond() != Inner;
  if (const auto *For = dyn_cast<ForStmt>(P))
    return For->getCond() != Inner;
  return false;
}

// ---- Collecting ----

Program::Program(ASTContext &Ctx, llvm::ArrayRef<Decl *> TopLevel) : Ctx(Ctx) {
  for (Decl *D : TopLevel)
    visit(D);
  for (const auto &B : Bodies)
    StartsThreads |= !B->Starts.empty();
}

void Program::visit(Decl *D) {
  const SourceManager &SM = Ctx.getSourceManager();
  if (D->isImplicit() || D->isInvalidDecl() || SM.isInSystemHeader(SM.getExpansionLoc(D->getLocation())))
    return;
  if (auto *Template = dyn_cast<FunctionTemplateDecl>(D)) {
    // One instantiation stands for all: they have their places in common.
    for (FunctionDecl *F : Template->specializations())
      if (F->hasBody())
        return visitFunction(F);
    return;
  }
  if (auto *Template = dyn_cast<ClassTemplateDecl>(D)) {
    for (ClassTemplateSpecializationDecl *Class : Template->specializations())
      if (Class->isCompleteDefinition() && !Class->isExplicitSpecialization())
        return visit(Class);
    return;
  }
  if (auto *F = dyn_cast<FunctionDecl>(D))
    return visitFunction(F);
  Records.push_back(D);
  if (auto *Context = dyn_cast<DeclContext>(D))
    for (Decl *Inner : Context->decls())
      visit(Inner);
}

void Program::visitFunction(const FunctionDecl *F) {
  Records.push_back(F);
  if (!F->doesThisDeclarationHaveABody() || F->isDependentContext() || !F->getBody())
    return;
  Body &B = add(nullptr, F, F->getBody());
  B.Function = F;
  B.Name = F->getQualifiedNameAsString();
  Functions[F->getCanonicalDecl()] = &B;
  if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(F))
    for (const CXXCtorInitializer *Init : Constructor->inits())
      collect(B, Init->getInit());
  collect(B, B.Root);
}

Body &Program::add(Body *Outer, const Decl *Owner, const Stmt *Root) {
  Bodies.push_back(std::make_unique<Body>());
  Body &B = *Bodies.back();
  B.Outer = Outer;
  B.Owner = Owner;
  B.Root = Root;
  if (Outer)
    B.Name = Outer->Name + (Outer->Outer ? "." : ".func") + std::to_string(++Outer->Blocks);
  return B;
}

void Program::collect(Body &B, const Stmt *S) {
  if (!S || isa<UnaryExprOrTypeTraitExpr>(S) || isa<CXXNoexceptExpr>(S))
    return;
  if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
    for (const Expr *Init : Lambda->capture_inits())
      collect(B, Init);
    if (Lambda->getCallOperator()->isDependentContext())
      return;
    Body &Inner = add(&B, Lambda->getCallOperator(), Lambda->getBody());
    Inner.Lambda = Lambda;
    Nested[Lambda] = &Inner;
    return collect(Inner, Inner.Root);
  }
  if (const auto *Block = dyn_cast<CapturedStmt>(S)) {
    Body &Inner = add(&B, Block->getCapturedDecl(), Block->getCapturedStmt());
    Inner.Block = Block;
    Nested[Block] = &Inner;
    return collect(Inner, Inner.Root);
  }
  if (const auto *For = dyn_cast<ForStmt>(S); For && goMarker(For))
    return collectGo(B, For);
  for (const Stmt *Child : S->children())
    collect(B, Child);
  if (const auto *E = dyn_cast<CallExpr>(S))
    collectCall(B, E, false);
  if (const auto *E = dyn_cast<CXXConstructExpr>(S))
    collectThread(B, E);
}

void Program::collectGo(Body &B, const ForStmt *For) {
  Start S;
  S.At = For;
  const Stmt *What = For->getBody();
  if (const auto *Block = dyn_cast<CapturedStmt>(For->getBody())) {
    collect(B, Block);
    S.Block = Nested.lookup(Block);
    S.Name = S.Block->Name;
    B.Starts.push_back(std::move(S));
    return;
  }
  const auto *E = dyn_cast<Expr>(What);
  const auto *Called = E ? dyn_cast<CallExpr>(E->IgnoreParens()->IgnoreImplicit()) : nullptr;
  if (!Called)
    return collect(B, What);
  for (const Expr *Argument : Called->arguments())
    collect(B, Argument);
  collectCall(B, Called, true);
  S.Function = Called->getDirectCallee();
  S.Name = S.Function ? S.Function->getNameAsString() : textOf(Ctx, Called->getCallee());
  S.Arguments.assign(Called->arg_begin(), Called->arg_end());
  B.Starts.push_back(std::move(S));
}

void Program::collectCall(Body &B, const CallExpr *E, bool Started) {
  Call C;
  C.E = E;
  C.What = apiOf(E);
  C.Started = Started;
  if (C.What && (C.Object = objectOf(*C.What, E)))
    C.Key = keyOf(Ctx, C.Object) + (*C.What->Mode ? " for reading" : "");
  const bool Starts = C.does(Does::Start) || C.does(Does::StartCopy) || C.does(Does::StartLater);
  B.Calls.push_back(C);
  if (!Starts)
    return;
  Start S;
  S.At = E;
  S.Copies = C.does(Does::StartCopy);
  if (const Expr *Function = otherOf(*C.What, E)) {
    S.Function = dyn_cast_or_null<FunctionDecl>(namedBy(plain(Function)));
    if (const auto *Address = dyn_cast<UnaryOperator>(plain(Function)))
      S.Function = dyn_cast_or_null<FunctionDecl>(namedBy(Address->getSubExpr()));
    S.Name = S.Function ? S.Function->getNameAsString() : textOf(Ctx, Function);
  }
  if (C.Object)
    S.Arguments.push_back(C.Object);
  const StringRef Name = E->getDirectCallee()->getName();
  if (Name == "pthread_create" || Name == "thrd_create")
    S.Handle = E->getArg(0);
  if (Name == "pthread_create")
    S.Attributes = E->getArg(1);
  B.Starts.push_back(std::move(S));
}

const Body *Program::nestedBody(const Expr *E) const {
  const Body *Found = nullptr;
  walk(E, [&](const Stmt *S) {
    if (isa<LambdaExpr>(S))
      Found = Nested.lookup(S);
  });
  return Found;
}

void Program::collectThread(Body &B, const CXXConstructExpr *E) {
  if (!isStdThread(E->getType()) || E->getNumArgs() < 1 || E->getConstructor()->isCopyOrMoveConstructor())
    return;
  Start S;
  S.At = E;
  S.Block = nestedBody(E->getArg(0));
  S.Function = dyn_cast_or_null<FunctionDecl>(namedBy(E->getArg(0)));
  S.Name = S.Block ? S.Block->Name : textOf(Ctx, plain(E->getArg(0)));
  S.Arguments.assign(E->arg_begin() + 1, E->arg_end());
  B.Starts.push_back(std::move(S));
}

const Body *Program::bodyOf(const FunctionDecl *F) const {
  return F ? Functions.lookup(F->getCanonicalDecl()) : nullptr;
}

bool Program::isStarted(const Body &B) const {
  for (const auto &Other : Bodies)
    for (const Start &S : Other->Starts)
      if (S.Block == &B ||
          (B.Function && S.Function && S.Function->getCanonicalDecl() == B.Function->getCanonicalDecl()))
        return true;
  return false;
}
