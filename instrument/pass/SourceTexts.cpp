#include "SourceTexts.h"

using namespace llvm;
using namespace redflag;

static uint64_t place(TextKind Kind, unsigned Line, unsigned Col) {
  return uint64_t(Line) << 24 | uint64_t(Col & 0x3fffff) << 2 | uint64_t(Kind);
}

void SourceTexts::add(TextKind Kind, StringRef File, unsigned Line, unsigned Col, SourceText Text) {
  Files[File].try_emplace(place(Kind, Line, Col), std::move(Text));
}

void SourceTexts::replace(TextKind Kind, StringRef File, unsigned Line, unsigned Col, SourceText Text) {
  Files[File][place(Kind, Line, Col)] = std::move(Text);
}

void SourceTexts::addGo(StringRef File, unsigned Line, unsigned Col, StringRef Name, StringRef Linkage) {
  SourceText &Go = Files[File][place(TextKind::Go, Line, Col)];
  Go.Expr = Name.str();
  std::string Entry = "[" + Linkage.str() + "]";
  if (Go.Type.find(Entry) == std::string::npos)
    Go.Type += Entry;
}

const SourceText *SourceTexts::find(TextKind Kind, StringRef File, unsigned Line, unsigned Col) const {
  auto F = Files.find(File);
  if (F == Files.end())
    return nullptr;
  auto P = F->second.find(place(Kind, Line, Col));
  return P == F->second.end() ? nullptr : &P->second;
}

SourceTexts &redflag::sourceTexts() {
  static SourceTexts Texts;
  return Texts;
}
