#include "Record.h"
#include "Commands.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include <chrono>
#include <unistd.h>

using namespace clang;
using namespace redflag::lint;
namespace json = llvm::json;

static constexpr size_t SnippetMax = 300;

std::string redflag::lint::kindOf(const Check &C) {
  std::string Kind = std::string("lint: ") + C.Name;
  std::replace(Kind.begin(), Kind.end(), '-', ' ');
  return Kind;
}

namespace {

class Writer {
public:
  Writer(const SourceManager &SM, StringRef Home) : SM(SM), Home(Home) {}

  std::string fileOf(SourceLocation Loc) const {
    const PresumedLoc P = SM.getPresumedLoc(Loc);
    if (P.isInvalid())
      return "";
    llvm::SmallString<256> Here;
    llvm::sys::fs::current_path(Here);
    std::string Whole = absolutePath(Here, P.getFilename());
    StringRef Short = Whole;
    if (Short.consume_front(Home) && Short.consume_front("/"))
      return json::fixUTF8(Short);
    return json::fixUTF8(Whole);
  }

  json::Object frame(SourceLocation Loc, StringRef Function) const {
    const PresumedLoc P = SM.getPresumedLoc(Loc);
    json::Object O;
    if (!Function.empty())
      O["function"] = json::fixUTF8(Function);
    if (P.isInvalid())
      return O;
    O["file"] = fileOf(Loc);
    O["line"] = P.getLine();
    O["column"] = P.getColumn();
    return O;
  }

  json::Object step(std::string What, SourceLocation Loc, StringRef Function) const {
    return json::Object{{"what", json::fixUTF8(What)}, {"stack", json::Array{frame(Loc, Function)}}};
  }

  // `file:line:column: warning: message`, the line, and a caret below the place.
  void text(std::string &Out, SourceLocation Loc, StringRef Level, StringRef Message) const {
    const PresumedLoc P = SM.getPresumedLoc(Loc);
    if (P.isInvalid())
      return;
    Out += fileOf(Loc) + ":" + std::to_string(P.getLine()) + ":" + std::to_string(P.getColumn()) + ": " +
           Level.str() + ": " + Message.str() + "\n";
    const auto [File, Offset] = SM.getDecomposedExpansionLoc(Loc);
    const StringRef Buffer = SM.getBufferData(File);
    const unsigned Column = SM.getColumnNumber(File, Offset);
    const StringRef Line =
        Buffer.substr(Offset - (Column - 1)).take_until([](char C) { return C == '\n' || C == '\r'; });
    if (Line.size() > SnippetMax)
      return;
    std::string Caret;
    for (unsigned I = 0; I + 1 < Column && I < Line.size(); ++I)
      if ((Line[I] & 0xC0) != 0x80) // one place for each character
        Caret += Line[I] == '\t' ? '\t' : ' ';
    Out += "    " + Line.str() + "\n    " + Caret + "^\n";
  }

private:
  const SourceManager &SM;
  StringRef Home;
};

} // namespace

json::Object redflag::lint::record(const SourceManager &SM, const Told &T, StringRef Home) {
  const Writer W(SM, Home);
  const std::string Message = json::fixUTF8(T.F.Message);
  json::Array Steps;
  std::string Text;
  W.text(Text, T.F.Loc, "warning", Message + " [" + T.What->Name + "]");
  Steps.push_back(W.step(Message, T.F.Loc, T.Function));
  for (const Related &Place : T.F.Places) {
    W.text(Text, Place.Loc, "note", json::fixUTF8(Place.What));
    Steps.push_back(W.step(Place.What, Place.Loc, ""));
  }
  using namespace std::chrono;
  return json::Object{
      {"type", "finding"},
      {"pid", int64_t(getpid())},
      {"time_ms", int64_t(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count())},
      {"id", T.Id},
      {"kind", kindOf(*T.What)},
      {"steps", std::move(Steps)},
      {"why", T.What->Why},
      {"mend", T.What->Mend},
      {"suppress",
       std::string("lint:") + T.What->Name + (T.Function.empty() ? "" : " " + json::fixUTF8(T.Function))},
      {"text", json::fixUTF8(Text)}};
}

bool redflag::lint::recordFix(const SourceManager &SM, const LangOptions &Options, const FixItHint &Hint,
                              json::Object &Into) {
  const CharSourceRange Range = Lexer::makeFileCharRange(Hint.RemoveRange, SM, Options);
  if (Range.isInvalid())
    return false;
  const auto [File, Offset] = SM.getDecomposedLoc(Range.getBegin());
  const auto [EndFile, End] = SM.getDecomposedLoc(Range.getEnd());
  const auto Entry = SM.getFileEntryRefForID(File);
  if (!Entry || File != EndFile || End < Offset)
    return false;
  llvm::SmallString<256> Here;
  llvm::sys::fs::current_path(Here);
  Into = json::Object{{"type", "fix"},
                      {"file", json::fixUTF8(absolutePath(Here, Entry->getName()))},
                      {"offset", int64_t(Offset)},
                      {"length", int64_t(End - Offset)},
                      {"text", json::fixUTF8(Hint.CodeToInsert)}};
  return true;
}
