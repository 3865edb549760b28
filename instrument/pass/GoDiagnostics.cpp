#include "GoDiagnostics.h"
#include "Versions.h"
#include "clang/Basic/DiagnosticSema.h"

using namespace clang;
using namespace redflag;

namespace {

class Translator : public DiagnosticConsumer {
public:
  explicit Translator(std::unique_ptr<DiagnosticConsumer> Next) : Next(std::move(Next)) {}

  void BeginSourceFile(const LangOptions &Options, const Preprocessor *PP) override {
    Next->BeginSourceFile(Options, PP);
  }
  void EndSourceFile() override { Next->EndSourceFile(); }
  void finish() override { Next->finish(); }
  bool IncludeInDiagnosticCounts() const override { return Next->IncludeInDiagnosticCounts(); }

  void HandleDiagnostic(DiagnosticsEngine::Level Level, const Diagnostic &Info) override {
    DiagnosticConsumer::HandleDiagnostic(Level, Info); // counts
    StringRef Text = translation(Info.getID());
    if (Text.empty())
      Next->HandleDiagnostic(Level, Info);
    else
      retell(Level, Info, Text);
  }

private:
  void retell(DiagnosticsEngine::Level Level, const Diagnostic &Info, StringRef Text) {
#if REDFLAG_LLVM_22
    const DiagnosticStorage None{};
    Next->HandleDiagnostic(Level, Diagnostic(Info.getDiags(), Info.getLocation(), Info.getID(), None, Text));
#else
    Next->HandleDiagnostic(Level, Diagnostic(Info.getDiags(), Text));
#endif
  }
  static StringRef translation(unsigned ID) {
    switch (ID) {
    case diag::err_return_in_captured_stmt:
      return "cannot return from a go block; jump to a label at its end";
    case diag::err_va_start_captured_stmt:
      return "'va_start' cannot be used in a go block";
    default:
      return "";
    }
  }

  std::unique_ptr<DiagnosticConsumer> Next;
};

} // namespace

void redflag::speakOfGoBlocks(DiagnosticsEngine &Diags) {
  std::unique_ptr<DiagnosticConsumer> Client = Diags.takeClient();
  if (Client) // else it is not the engine's, and its owner counts on it
    Diags.setClient(new Translator(std::move(Client)));
}
