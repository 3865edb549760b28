#include "TextCollector.h"
#include "GoCheck.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/Mangle.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/StringSwitch.h"

using namespace clang;
using namespace redflag;

static constexpr size_t LongestText = 60;

TextCollector::TextCollector(ASTContext &Ctx, SourceTexts &Texts)
    : Ctx(Ctx), SM(Ctx.getSourceManager()), Policy(Ctx.getPrintingPolicy()), Texts(Texts) {}

void TextCollector::collect(Decl *D) { TraverseDecl(D); }

bool TextCollector::inSystemCode(SourceLocation Loc) const {
  return Loc.isInvalid() || SM.isInSystemHeader(SM.getExpansionLoc(Loc));
}

bool TextCollector::TraverseDecl(Decl *D) {
  // The body of a captured region is a declaration without a place.
  if (!D || (!isa<TranslationUnitDecl, CapturedDecl>(D) && inSystemCode(D->getLocation())))
    return true;
  // A template by itself is never compiled; its instantiations are.
  if (auto *DC = dyn_cast<DeclContext>(D);
      DC && isa<FunctionDecl, CXXRecordDecl>(D) && DC->isDependentContext()) {
    if (auto *F = dyn_cast<FunctionDecl>(D))
      VisitFunctionDecl(F);
    if (!isa<CXXRecordDecl>(D))
      return true;
  }
  return RecursiveASTVisitor::TraverseDecl(D);
}

bool TextCollector::TraverseStmt(Stmt *S, DataRecursionQueue *Queue) {
  return RecursiveASTVisitor::TraverseStmt(S, Queue);
}

// One line, without superfluous blanks, not too long.
static std::string tidy(StringRef Source) {
  std::string Out;
  for (char C : Source) {
    bool Blank = C == ' ' || C == '\n' || C == '\t' || C == '\r';
    if (!Blank)
      Out += C;
    else if (!Out.empty() && Out.back() != ' ')
      Out += ' ';
    if (Out.size() > LongestText) {
      Out.resize(LongestText - 3);
      return Out + "...";
    }
  }
  return Out;
}

std::string TextCollector::text(const Expr *E) const {
  auto Range = CharSourceRange::getTokenRange(E->getSourceRange());
  CharSourceRange File = Lexer::makeFileCharRange(Range, SM, Ctx.getLangOpts());
  if (File.isInvalid())
    File = SM.getExpansionRange(E->getSourceRange());
  return tidy(Lexer::getSourceText(File, SM, Ctx.getLangOpts()));
}

// The use of a macro as it was written.
std::string TextCollector::macroText(SourceLocation Loc) const {
  return tidy(Lexer::getSourceText(SM.getExpansionRange(Loc), SM, Ctx.getLangOpts()));
}

void TextCollector::add(TextKind Kind, SourceLocation Loc, std::string Expr, QualType Type, bool Update, bool Polled) {
  PresumedLoc P = SM.getPresumedLoc(Loc);
  if (P.isInvalid() || inSystemCode(Loc))
    return;
  std::string Name = Type.isNull() ? "" : Type.getUnqualifiedType().getAsString(Policy);
  StringRef File = P.getFilename();
  // Everything that a macro expands to has one place. If it accesses more than one thing, its use names them all.
  if (const SourceText *Old = Loc.isMacroID() ? Texts.find(Kind, File, P.getLine(), P.getColumn()) : nullptr)
    if (Kind != TextKind::Call && Old->Expr != Expr)
      return Texts.replace(Kind, File, P.getLine(), P.getColumn(), {macroText(Loc), ""});
  Texts.add(Kind, File, P.getLine(), P.getColumn(), {std::move(Expr), std::move(Name), Update, Polled});
}

// E is read and written in one. Its read has the place of the operator, or its own.
void TextCollector::addUpdate(SourceLocation Loc, const Expr *E) {
  std::string Text = text(E);
  add(TextKind::Read, Loc, Text, E->getType(), true);
  add(TextKind::Write, Loc, Text, E->getType(), true);
}

// `x = x + y` and `x = y + x`.
bool TextCollector::isUpdate(const BinaryOperator *E, StringRef Left) const {
  if (E->isCompoundAssignmentOp())
    return true;
  const auto *Sum = dyn_cast<BinaryOperator>(E->getRHS()->IgnoreParenImpCasts());
  return Sum && !Sum->isComparisonOp() &&
         (text(Sum->getLHS()->IgnoreParenImpCasts()) == Left || text(Sum->getRHS()->IgnoreParenImpCasts()) == Left);
}

static bool onlyWaits(const Stmt *Body) {
  if (const auto *Block = dyn_cast_or_null<CompoundStmt>(Body))
    return Block->body_empty() || (Block->size() == 1 && onlyWaits(Block->body_front()));
  const auto *E = dyn_cast_or_null<Expr>(Body);
  return isa_and_nonnull<NullStmt>(Body) || isa_and_nonnull<GCCAsmStmt>(Body) ||
         (E && isa<CallExpr>(E->IgnoreParenCasts()));
}

// What the condition of a waiting loop reads. Noted before the walk comes to the reads themselves.
void TextCollector::notePolled(const Expr *Condition, const Stmt *Body) {
  if (!Condition || !onlyWaits(Body))
    return;
  const Expr *E = Condition->IgnoreParenImpCasts();
  if (const auto *Not = dyn_cast<UnaryOperator>(E); Not && Not->getOpcode() == UO_LNot)
    E = Not->getSubExpr()->IgnoreParenImpCasts();
  if (const auto *Compared = dyn_cast<BinaryOperator>(E); Compared && Compared->isComparisonOp()) {
    notePolled(Compared->getLHS(), Body);
    return notePolled(Compared->getRHS(), Body);
  }
  if (E->isLValue() && !E->isTypeDependent())
    add(TextKind::Read, E->getExprLoc(), text(E), E->getType(), false, true);
}

// Clang itself leaves functions marked for ThreadSanitizer's sake alone only under -fsanitize=thread.
bool TextCollector::VisitFunctionDecl(FunctionDecl *F) {
  if (F->hasAttr<DisableSanitizerInstrumentationAttr>())
    return true;
  for (const auto *A : F->specific_attrs<NoSanitizeAttr>())
    if (A->getMask() & SanitizerKind::Thread)
      F->addAttr(DisableSanitizerInstrumentationAttr::CreateImplicit(Ctx));
  return true;
}

bool TextCollector::VisitVarDecl(VarDecl *V) {
  SourceLocation Loc = V->getLocation();
  // The name of a macro's own variable says nothing to who uses the macro.
  bool FromBody = Loc.isMacroID() && !SM.isMacroArgExpansion(Loc);
  if (V->hasInit())
    add(TextKind::Write, Loc, FromBody ? macroText(Loc) : V->getNameAsString(), V->getType());
  return true;
}

bool TextCollector::VisitCXXConstructorDecl(CXXConstructorDecl *D) {
  for (const CXXCtorInitializer *I : D->inits())
    if (const FieldDecl *Field = I->getAnyMember())
      add(TextKind::Write, I->getSourceLocation(), Field->getNameAsString(), Field->getType());
  return true;
}

bool TextCollector::VisitCastExpr(CastExpr *E) {
  noteCast(E);
  if (E->getCastKind() != CK_LValueToRValue && E->getCastKind() != CK_AtomicToNonAtomic)
    return true;
  const Expr *Read = E->getSubExpr()->IgnoreParens();
  add(TextKind::Read, Read->getExprLoc(), text(Read), Read->getType());
  return true;
}

bool TextCollector::VisitBinaryOperator(BinaryOperator *E) {
  if (!E->isAssignmentOp())
    return true;
  const Expr *Left = E->getLHS()->IgnoreParens();
  if (isUpdate(E, text(Left)))
    addUpdate(E->getOperatorLoc(), Left);
  add(TextKind::Write, E->getOperatorLoc(), text(Left), Left->getType());
  // A copy of a structure reads its right side, also at the operator.
  const Expr *Source = E->isCompoundAssignmentOp() ? Left : E->getRHS()->IgnoreParenImpCasts();
  add(TextKind::Read, E->getOperatorLoc(), text(Source), Source->getType());
  // That copy may also carry the place of its right side.
  if (Left->getType()->isRecordType())
    add(TextKind::Write, Source->getExprLoc(), text(Left), Left->getType());
  return true;
}

bool TextCollector::VisitUnaryOperator(UnaryOperator *E) {
  if (E->isIncrementDecrementOp())
    addUpdate(E->getOperatorLoc(), E->getSubExpr()->IgnoreParens());
  return true;
}

// The name of what is called; of a pointer or lambda its text.
std::string TextCollector::calleeText(const CallExpr *E) const {
  const FunctionDecl *Callee = E->getDirectCallee();
  if (!Callee)
    return text(E->getCallee()->IgnoreParenImpCasts());
  const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
  if (Method && Method->getParent()->isLambda())
    return E->getNumArgs() && isa<CXXOperatorCallExpr>(E) ? text(E->getArg(0)->IgnoreParenImpCasts())
                                                          : "lambda";
  return Callee->getQualifiedNameAsString();
}

// ---- What heap blocks are allocated as ----

static bool returnsBlock(const CallExpr *E) {
  const FunctionDecl *F = E->getDirectCallee();
  return F && F->getIdentifier() && F->getReturnType()->isVoidPointerType();
}

// E returns a block: by malloc or one of its kin.
static bool allocates(const CallExpr *E) {
  return llvm::StringSwitch<bool>(E->getDirectCallee()->getName())
      .Cases("malloc", "calloc", "realloc", "reallocarray", "aligned_alloc", "memalign", "valloc", "pvalloc", true)
      .Default(false);
}

// The outermost cast comes first, and says what the program makes of the block.
void TextCollector::noteCast(const CastExpr *E) {
  if (!E->getType()->isPointerType() || E->getType()->isVoidPointerType())
    return;
  const auto *Call = dyn_cast<CallExpr>(E->getSubExpr()->IgnoreParenCasts());
  if (Call && returnsBlock(Call))
    Casts.try_emplace(Call, E->getType()->getPointeeType());
}

// The type in `sizeof(type)` and `sizeof expression`, also if it is a factor or a summand.
static QualType sizedType(const Expr *E, bool &IsArray) {
  E = E->IgnoreParenCasts();
  if (const auto *Size = dyn_cast<UnaryExprOrTypeTraitExpr>(E); Size && Size->getKind() == UETT_SizeOf)
    return Size->getTypeOfArgument();
  const auto *Of = dyn_cast<BinaryOperator>(E);
  if (!Of || (Of->getOpcode() != BO_Mul && Of->getOpcode() != BO_Add))
    return QualType();
  bool Inner = false;
  QualType Left = sizedType(Of->getLHS(), Inner), Right = sizedType(Of->getRHS(), Inner);
  if (Left.isNull() == Right.isNull())
    return QualType();
  IsArray = Of->getOpcode() == BO_Mul && !Inner;
  return Left.isNull() ? Right : Left;
}

// Bytes are counted by parameters of a function that returns a block: a wrapper of malloc, whose caller knows more. With a
// sum in between the block begins with something of the function's own.
static bool countsForCaller(const Expr *E) {
  E = E->IgnoreParenCasts();
  if (const auto *Use = dyn_cast<DeclRefExpr>(E)) {
    const auto *Parameter = dyn_cast<ParmVarDecl>(Use->getDecl());
    const auto *Function = Parameter ? dyn_cast<FunctionDecl>(Parameter->getDeclContext()) : nullptr;
    return Function && Function->getReturnType()->isVoidPointerType() && Parameter->getType()->isIntegerType();
  }
  if (const auto *Choice = dyn_cast<ConditionalOperator>(E)) // `n ? n : 1`
    return countsForCaller(Choice->getTrueExpr()) || countsForCaller(Choice->getFalseExpr());
  const auto *Of = dyn_cast<BinaryOperator>(E);
  return Of && Of->getOpcode() == BO_Mul && countsForCaller(Of->getLHS()) && countsForCaller(Of->getRHS());
}

static bool isOne(const Expr *E) {
  const auto *Literal = dyn_cast<IntegerLiteral>(E->IgnoreParenCasts());
  return Literal && Literal->getValue() == 1;
}

static bool hasOneSize(QualType T) {
  return !T->isDependentType() && !T->isIncompleteType() && !T->isVariablyModifiedType() && !T->isSizelessType() &&
         !T->isFunctionType() && !T->isUndeducedType();
}

void TextCollector::addAllocation(SourceLocation Loc, std::string Callee, QualType Type, bool IsArray, bool IsCallers) {
  PresumedLoc P = SM.getPresumedLoc(Loc);
  if (P.isInvalid() || inSystemCode(Loc))
    return;
  SourceText Text = {std::move(Callee), ""};
  if (!Type.isNull() && hasOneSize(Type)) {
    Text.Type = Type.getUnqualifiedType().getAsString(Policy);
    Text.BlockBytes = Ctx.getTypeSizeInChars(Type).getQuantity();
    Text.BlockIsArray = IsArray || Text.BlockBytes == 1;
  }
  Text.BlockIsCallers = Type.isNull() && IsCallers;
  Texts.add(TextKind::Call, P.getFilename(), P.getLine(), P.getColumn(), std::move(Text));
}

bool TextCollector::VisitCXXNewExpr(CXXNewExpr *E) {
  const FunctionDecl *New = E->getOperatorNew();
  if (!New || E->isTypeDependent() || E->getNumPlacementArgs())
    return true;
  // In front of an array whose elements have destructors lies their number.
  bool Shifted = E->isArray() && E->getAllocatedType().isDestructedType();
  addAllocation(E->getExprLoc(), New->getQualifiedNameAsString(), Shifted ? QualType() : E->getAllocatedType(),
                E->isArray());
  return true;
}

// Of malloc and its kin, and of functions that look as if they called them for their callers: the report asks these only
// where such a function has.
bool TextCollector::addBlock(const CallExpr *E, std::string Name) {
  bool IsArray = false, Single = false, Counted = false, Callers = false;
  QualType Type;
  for (const Expr *Arg : E->arguments())
    if (QualType Sized = sizedType(Arg, IsArray); !Sized.isNull()) {
      Type = Sized;
    } else {
      Single |= isOne(Arg);
      Counted |= Arg->getType()->isIntegerType();
      Callers |= countsForCaller(Arg);
    }
  // calloc and reallocarray multiply themselves, and so do those that are called for them.
  const bool Allocates = allocates(E);
  StringRef Callee = E->getDirectCallee()->getName();
  if (Callee == "calloc" || Callee == "reallocarray" || (!Allocates && Counted && !Type.isNull()))
    IsArray = !Type.isNull() && !Single;
  if (auto Cast = Casts.find(E); Type.isNull() && Cast != Casts.end())
    Type = Cast->second;
  if (!Allocates && Type.isNull() && !Callers)
    return false;
  addAllocation(E->getExprLoc(), std::move(Name), Type, IsArray, Callers);
  return true;
}

bool TextCollector::VisitCallExpr(CallExpr *E) {
  std::string Name = calleeText(E);
  if (StringRef(Name).starts_with("go__") && E->getExprLoc().isMacroID())
    Name = StringRef(macroText(E->getExprLoc())).split('(').first.str();
  if (!returnsBlock(E) || E->isTypeDependent() || !addBlock(E, Name))
    add(TextKind::Call, E->getExprLoc(), Name, E->getType());
  // The copy of a structure that is passed by value is made at the call.
  for (const Expr *Arg : E->arguments())
    if (Arg->getType()->isRecordType())
      add(TextKind::Read, E->getExprLoc(), text(Arg->IgnoreParenImpCasts()), Arg->getType());
  return true;
}

bool TextCollector::VisitCXXConstructExpr(CXXConstructExpr *E) {
  add(TextKind::Call, E->getExprLoc(), E->getConstructor()->getQualifiedNameAsString(), E->getType());
  return true;
}

bool TextCollector::VisitAtomicExpr(AtomicExpr *E) {
  const Expr *Ptr = E->getPtr()->IgnoreParenImpCasts();
  const auto *Address = dyn_cast<UnaryOperator>(Ptr);
  bool IsAddressOf = Address && Address->getOpcode() == UO_AddrOf;
  std::string Text = IsAddressOf ? text(Address->getSubExpr()->IgnoreParens()) : "*" + text(Ptr);
  QualType Type = Ptr->getType()->getPointeeType();
  add(TextKind::Read, E->getExprLoc(), Text, Type);
  add(TextKind::Write, E->getExprLoc(), Text, Type);
  return true;
}

// What the symbol of F will be called.
static std::string linkageName(const FunctionDecl *F) {
  return ASTNameGenerator(F->getASTContext()).getName(F);
}

bool TextCollector::VisitWhileStmt(WhileStmt *S) {
  notePolled(S->getCond(), S->getBody());
  return true;
}

bool TextCollector::VisitDoStmt(DoStmt *S) {
  notePolled(S->getCond(), S->getBody());
  return true;
}

bool TextCollector::VisitForStmt(ForStmt *S) {
  if (!S->getInc())
    notePolled(S->getCond(), S->getBody());
  const CallExpr *Marker = goMarker(S);
  if (Marker && goBlock(S)) {
    checkGoBlock(Ctx, S);
    return true;
  }
  const CallExpr *Call = Marker ? checkGo(Ctx, S) : nullptr;
  if (!Call)
    return true;
  const FunctionDecl *Callee = Call->getDirectCallee();
  std::string Name = calleeText(Call);
  PresumedLoc P = SM.getPresumedLoc(Marker->getExprLoc());
  if (P.isInvalid())
    return true;
  Texts.addGo(P.getFilename(), P.getLine(), P.getColumn(), Name, Callee ? linkageName(Callee) : "");
  // Through the vtable, unless clang knows the object's class.
  if (const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee); Method && Method->isVirtual())
    Texts.addGo(P.getFilename(), P.getLine(), P.getColumn(), Name, "");
  return true;
}
