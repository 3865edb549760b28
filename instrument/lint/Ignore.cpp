#include "Ignore.h"
#include "Check.h"

using namespace clang;
using namespace redflag::lint;

static constexpr llvm::StringLiteral Begin = "redflag: ignore";

namespace {
struct Comment {
  StringRef Name, Reason;
  bool Named; // in parentheses
};
} // namespace

// Text begins behind Begin; it ends with the line.
static Comment parse(StringRef Text) {
  Comment C{"", "", false};
  Text = Text.take_until([](char Ch) { return Ch == '\n' || Ch == '\r'; });
  Text = Text.substr(0, Text.find("*/"));
  if (!Text.consume_front("("))
    return C;
  const size_t Close = Text.find(')');
  if (Close == StringRef::npos)
    return C;
  C.Named = true;
  C.Name = Text.substr(0, Close).trim();
  Text = Text.substr(Close + 1).ltrim();
  if (Text.consume_front(":"))
    C.Reason = Text.trim();
  return C;
}

static bool isInComment(StringRef Buffer, size_t At) {
  size_t Line = Buffer.rfind('\n', At);
  Line = Line == StringRef::npos ? 0 : Line + 1;
  const StringRef Before = Buffer.slice(Line, At);
  return Before.contains("//") || Before.contains("/*") || Before.ltrim().starts_with("*");
}

// The line that holds At, and the one before.
static StringRef linesAround(StringRef Buffer, size_t At) {
  size_t First = Buffer.substr(0, At).rfind('\n');
  if (First != StringRef::npos && First > 0)
    First = Buffer.substr(0, First).rfind('\n');
  const size_t Last = Buffer.find('\n', At);
  return Buffer.slice(First == StringRef::npos ? 0 : First, Last == StringRef::npos ? Buffer.size() : Last);
}

bool redflag::lint::isIgnored(const SourceManager &SM, SourceLocation Loc, const Check &C) {
  const auto [File, Offset] = SM.getDecomposedExpansionLoc(Loc);
  const StringRef Lines = linesAround(SM.getBufferData(File), Offset);
  for (size_t At = 0; (At = Lines.find(Begin, At)) != StringRef::npos; At += Begin.size()) {
    const Comment Found = parse(Lines.substr(At + Begin.size()));
    if (Found.Name == C.Name && !Found.Reason.empty() && isInComment(Lines, At))
      return true;
  }
  return false;
}

void redflag::lint::eachWrongComment(const SourceManager &SM,
                                     llvm::function_ref<void(SourceLocation, std::string)> Tell) {
  for (unsigned I = 0; I < SM.local_sloc_entry_size(); ++I) {
    const SrcMgr::SLocEntry &Entry = SM.getLocalSLocEntry(I);
    if (!Entry.isFile() || Entry.getFile().getFileCharacteristic() != SrcMgr::C_User)
      continue;
    const SourceLocation Start = SourceLocation::getFromRawEncoding(Entry.getOffset());
    if (!SM.getFileEntryForID(SM.getFileID(Start)))
      continue;
    const StringRef Buffer = SM.getBufferData(SM.getFileID(Start));
    for (size_t At = 0; (At = Buffer.find(Begin, At)) != StringRef::npos; At += Begin.size()) {
      if (!isInComment(Buffer, At))
        continue;
      const Comment C = parse(Buffer.substr(At + Begin.size()));
      const SourceLocation Loc = Start.getLocWithOffset(int(At));
      if (!C.Named)
        Tell(Loc, "this comment names no check; write `redflag: ignore(check): reason`");
      else if (!checkNamed(C.Name))
        Tell(Loc, "there is no check '" + C.Name.str() + "'; --checks=help lists them");
      else if (C.Reason.empty())
        Tell(Loc, "this comment gives no reason; write `redflag: ignore(" + C.Name.str() + "): reason`");
    }
  }
}
