// The macro `go` ends with _Pragma("redflag_go"). In front of a block it turns the block into a captured region of
// clang's: a function of its own that gets the addresses of the locals it names. Before anything else it is nothing.
#include "clang/Lex/PPCallbacks.h"
#include "clang/Lex/Pragma.h"
#include "clang/Lex/Preprocessor.h"

using namespace clang;

namespace {

class GoPragma : public PragmaHandler {
public:
  GoPragma() : PragmaHandler("redflag_go") {}

  void HandlePragma(Preprocessor &PP, PragmaIntroducer Introducer, Token &) override {
    Token End, Next;
    PP.Lex(End);
    while (End.isNot(tok::eod))
      PP.Lex(End);
    PP.Lex(Next);
    enter(PP, Next, /*IsReinject=*/true);
    if (Next.is(tok::l_brace))
      startRegion(PP, Introducer.Loc, Next.getLocation());
  }

private:
  static void enter(Preprocessor &PP, const Token &Tok, bool IsReinject) {
    auto Tokens = std::make_unique<Token[]>(1);
    Tokens[0] = Tok;
    PP.EnterTokenStream(std::move(Tokens), 1, /*DisableMacroExpansion=*/true, IsReinject);
  }

  static void startRegion(Preprocessor &PP, SourceLocation Pragma, SourceLocation Brace) {
    // Where the program is only preprocessed, the pragma that means the same.
    if (PPCallbacks *Callbacks = PP.getPPCallbacks())
      Callbacks->PragmaDebug(Pragma, "captured");
    Token Region;
    Region.startToken();
    Region.setKind(tok::annot_pragma_captured);
    Region.setLocation(Brace);
    Region.setAnnotationEndLoc(Brace);
    enter(PP, Region, /*IsReinject=*/false);
  }
};

PragmaHandlerRegistry::Add<GoPragma> Registration("redflag_go", "blocks of go statements");

} // namespace
