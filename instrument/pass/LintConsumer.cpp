#include "LintConsumer.h"
#include "Linter.h"
#include "clang/AST/ASTContext.h"

using namespace clang;
using namespace redflag;
using namespace redflag::lint;

namespace {

struct Levels {
  Selection On, Errors; // Errors: of those that are on
};

class LintConsumer : public ASTConsumer {
public:
  explicit LintConsumer(Levels L) : L(std::move(L)) {}

  bool HandleTopLevelDecl(DeclGroupRef Group) override {
    TopLevel.append(Group.begin(), Group.end());
    return true;
  }

  void HandleTranslationUnit(ASTContext &Ctx) override {
    DiagnosticsEngine &Diags = Ctx.getDiagnostics();
    if (Diags.hasErrorOccurred() || Diags.getIgnoreAllWarnings())
      return;
    for (const Told &T : lint::lint(Ctx, TopLevel, L.On))
      tell(Diags, T);
  }

private:
  void tell(DiagnosticsEngine &Diags, const Told &T) {
    const bool Error = Diags.getWarningsAsErrors() || L.Errors.has(T.What);
    const unsigned ID = Error ? Diags.getCustomDiagID(DiagnosticsEngine::Error, "%0 [-Werror,-Wredflag-%1]")
                              : Diags.getCustomDiagID(DiagnosticsEngine::Warning, "%0 [-Wredflag-%1]");
    {
      DiagnosticBuilder B = Diags.Report(T.F.Loc, ID);
      B << T.F.Message << T.What->Name;
      for (const FixItHint &Hint : T.F.Fixes)
        B << Hint;
    }
    const unsigned Note = Diags.getCustomDiagID(DiagnosticsEngine::Note, "%0");
    for (const Related &Place : T.F.Places)
      Diags.Report(Place.Loc, Note) << Place.What;
  }

  Levels L;
  llvm::SmallVector<Decl *, 64> TopLevel;
};

} // namespace

// The checks that `redflag` or `redflag-NAME` names; empty: none.
static llvm::SmallVector<const Check *, 32> named(StringRef Group) {
  llvm::SmallVector<const Check *, 32> Found;
  if (Group == "redflag")
    for (const Check *C : checks())
      if (C->OnByDefault)
        Found.push_back(C);
  if (Group.consume_front("redflag-"))
    if (const Check *C = checkNamed(Group))
      Found.push_back(C);
  return Found;
}

std::unique_ptr<ASTConsumer> redflag::lintConsumer(CompilerInstance &CI,
                                                   const std::vector<std::string> &Arguments) {
  Levels L;
  for (const Check *C : checks())
    L.On.set(C, false), L.Errors.set(C, false);
  for (StringRef A : Arguments) {
    const StringRef Given = A;
    A.consume_front("-W");
    const bool NoError = A.consume_front("no-error="), Error = !NoError && A.consume_front("error=");
    const bool Off = !NoError && !Error && A.consume_front("no-");
    const auto Named = named(A);
    if (Named.empty()) {
      DiagnosticsEngine &Diags = CI.getDiagnostics();
      Diags.Report(Diags.getCustomDiagID(DiagnosticsEngine::Warning,
                                         "unknown warning option '%0'; 'redflag lint "
                                         "--checks=help' lists the checks"))
          << Given;
    }
    for (const Check *C : Named) {
      if (!NoError)
        L.On.set(C, !Off);
      if (NoError || Error)
        L.Errors.set(C, Error);
    }
  }
  const bool Any = llvm::any_of(checks(), [&](const Check *C) { return L.On.has(C); });
  return Any ? std::make_unique<LintConsumer>(std::move(L)) : nullptr;
}
