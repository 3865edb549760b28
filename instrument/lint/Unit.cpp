#include "Unit.h"
#include "Record.h"
#include "clang/AST/ASTConsumer.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendAction.h"
#include "clang/Tooling/Tooling.h"
#include <unistd.h>

using namespace clang;
using namespace redflag::lint;
namespace json = llvm::json;

void redflag::lint::writeNote(llvm::raw_ostream &Out, StringRef Text) {
  Out << json::Value(json::Object{{"type", "note"}, {"text", json::fixUTF8(Text)}}) << "\n";
}

namespace {

// Keeps the first error: what follows it is often its consequence.
class FirstError : public DiagnosticConsumer {
public:
  std::string Text;
  void HandleDiagnostic(DiagnosticsEngine::Level Level, const Diagnostic &Info) override {
    DiagnosticConsumer::HandleDiagnostic(Level, Info);
    if (Level < DiagnosticsEngine::Error || !Text.empty())
      return;
    llvm::SmallString<128> Words;
    Info.FormatDiagnostic(Words);
    if (Info.hasSourceManager() && Info.getLocation().isValid()) {
      const PresumedLoc P = Info.getSourceManager().getPresumedLoc(Info.getLocation());
      if (P.isValid())
        Text = std::string(P.getFilename()) + ":" + std::to_string(P.getLine()) + ": ";
    }
    Text += Words.str();
  }
};

class Consumer : public ASTConsumer {
public:
  Consumer(const Settings &S, llvm::raw_ostream &Out) : S(S), Out(Out) {}

  bool HandleTopLevelDecl(DeclGroupRef Group) override {
    TopLevel.append(Group.begin(), Group.end());
    return true;
  }

  void HandleTranslationUnit(ASTContext &Ctx) override {
    if (S.Plain || Ctx.getDiagnostics().hasErrorOccurred())
      return;
    const SourceManager &SM = Ctx.getSourceManager();
    for (const Told &T : lint(Ctx, TopLevel, S.Wanted)) {
      Out << json::Value(record(SM, T, S.Home)) << "\n";
      for (const FixItHint &Hint : T.F.Fixes) {
        json::Object Fix;
        if (recordFix(SM, Ctx.getLangOpts(), Hint, Fix))
          Out << json::Value(std::move(Fix)) << "\n";
      }
    }
  }

private:
  const Settings &S;
  llvm::raw_ostream &Out;
  llvm::SmallVector<Decl *, 64> TopLevel;
};

class Action : public ASTFrontendAction {
public:
  Action(const Settings &S, llvm::raw_ostream &Out) : S(S), Out(Out) {}

protected:
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &, StringRef) override {
    return std::make_unique<Consumer>(S, Out);
  }

private:
  const Settings &S;
  llvm::raw_ostream &Out;
};

} // namespace

void redflag::lint::lintUnit(const Command &C, const Settings &S, llvm::raw_ostream &Out) {
  auto Note = [&](std::string Text) { writeNote(Out, Text); };
  if (chdir(C.Directory.c_str())) {
    Note(C.File + ": not linted: its directory " + C.Directory + " cannot be entered");
    return;
  }
  if (access(C.File.c_str(), R_OK)) {
    Note(C.File + ": not linted: cannot be read");
    return;
  }
  FirstError Errors;
  llvm::IntrusiveRefCntPtr<FileManager> Files(new FileManager(FileSystemOptions()));
  tooling::ToolInvocation Invocation(frontendArguments(C, S.ResourceDirectory, S.OwnHeaders, Note),
                                     std::make_unique<Action>(S, Out), Files.get());
  Invocation.setDiagnosticConsumer(&Errors);
  if (!Invocation.run())
    Note(C.File + ": not linted: " + (Errors.Text.empty() ? "clang cannot compile it" : Errors.Text));
}
