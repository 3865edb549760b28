// Registers the AST side of the plugin: it runs in front of code generation in every compilation.
#include "GoDiagnostics.h"
#include "LintConsumer.h"
#include "SourceTexts.h"
#include "TextCollector.h"
#include "clang/AST/ASTConsumer.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendPluginRegistry.h"
#include "clang/Frontend/MultiplexConsumer.h"

using namespace clang;

namespace {

class Consumer : public ASTConsumer {
public:
  void Initialize(ASTContext &Ctx) override {
    Collector = std::make_unique<redflag::TextCollector>(Ctx, redflag::sourceTexts());
  }
  // Code generation gets each declaration right after us; so marks that it reads must be set here.
  bool HandleTopLevelDecl(DeclGroupRef Group) override {
    for (Decl *D : Group)
      Collector->collect(D);
    return true;
  }
  void HandleInlineFunctionDefinition(FunctionDecl *F) override { Collector->VisitFunctionDecl(F); }

private:
  std::unique_ptr<redflag::TextCollector> Collector;
};

class Action : public PluginASTAction {
protected:
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &CI, StringRef) override {
    redflag::speakOfGoBlocks(CI.getDiagnostics());
    std::unique_ptr<ASTConsumer> Lint = redflag::lintConsumer(CI, Warnings);
    if (!Lint)
      return std::make_unique<Consumer>();
    std::vector<std::unique_ptr<ASTConsumer>> Both;
    Both.push_back(std::make_unique<Consumer>());
    Both.push_back(std::move(Lint));
    return std::make_unique<MultiplexConsumer>(std::move(Both));
  }
  bool ParseArgs(const CompilerInstance &, const std::vector<std::string> &Arguments) override {
    Warnings = Arguments;
    return true;
  }
  ActionType getActionType() override { return AddBeforeMainAction; }

private:
  std::vector<std::string> Warnings;
};

FrontendPluginRegistry::Add<Action> Registration("redflag", "texts and checks for race detection");

} // namespace
