#include "Linter.h"
#include "Ignore.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"
#include <map>
#include <set>

using namespace clang;
using namespace redflag::lint;

const Check redflag::lint::IgnoreComment = {"ignore-comment",
                                            "a comment leaves findings out and does not say which, or why",
                                            "Such a comment has no effect.",
                                            "Write `// redflag: ignore(check): reason`.",
                                            true,
                                            nullptr};

// ---- Which ----

Selection::Selection() {
  for (const Check *C : checks())
    set(C, C->OnByDefault);
}

void Selection::set(const Check *C, bool Wanted) {
  if (Wanted)
    On.insert(C);
  else
    On.erase(C);
}

bool Selection::parse(StringRef List, std::string &Mistake) {
  bool First = true;
  while (!List.empty()) {
    auto [Item, Rest] = List.split(',');
    List = Rest;
    StringRef Name = Item.trim();
    if (Name.empty())
      continue;
    const bool Off = Name.consume_front("-"), Alone = !Off && !Name.consume_front("+");
    const Check *C = Name == "all" ? nullptr : checkNamed(Name);
    if (!C && Name != "all") {
      Mistake = "there is no check '" + Name.str() + "'; --checks=help lists them";
      return false;
    }
    if (First && Alone)
      On.clear();
    First = false;
    for (const Check *Each : checks())
      if (!C || Each == C)
        set(Each, !Off);
  }
  return true;
}

// ---- Findings ----

static std::string idOf(const SourceManager &SM, const Check &C, const Finding &F, unsigned Ordinal) {
  std::string Text = C.Name;
  const StringRef File = SM.getFilename(SM.getExpansionLoc(F.Loc));
  const std::string Function = F.In ? F.In->Name : "";
  for (StringRef Part : {llvm::sys::path::filename(File), StringRef(Function), StringRef(F.Expression)}) {
    Text += '\0';
    Text += Part;
  }
  Text += '\0';
  Text += std::to_string(Ordinal);
  char Id[17];
  snprintf(Id, sizeof Id, "%016llx", (unsigned long long)llvm::xxHash64(Text));
  return Id;
}

std::vector<Told> redflag::lint::lint(ASTContext &Ctx, llvm::ArrayRef<Decl *> TopLevel,
                                      const Selection &Wanted) {
  const SourceManager &SM = Ctx.getSourceManager();
  const Program P(Ctx, TopLevel);
  std::vector<Told> All;
  std::set<std::pair<const Check *, SourceLocation>> Seen;
  for (const Check *C : checks()) {
    if (!Wanted.has(C))
      continue;
    C->Run(P, [&](Finding F) {
      F.Loc = SM.getExpansionLoc(F.Loc);
      for (Related &Place : F.Places)
        Place.Loc = SM.getExpansionLoc(Place.Loc);
      if (F.Loc.isValid() && !SM.isInSystemHeader(F.Loc) && Seen.insert({C, F.Loc}).second &&
          !isIgnored(SM, F.Loc, *C))
        All.push_back({C, std::move(F), "", ""});
    });
  }
  eachWrongComment(SM, [&](SourceLocation Loc, std::string What) {
    Finding F;
    F.Loc = Loc;
    F.Expression = What;
    F.Message = std::move(What);
    All.push_back({&IgnoreComment, std::move(F), "", ""});
  });
  llvm::sort(All, [&](const Told &A, const Told &B) {
    return A.F.Loc == B.F.Loc ? StringRef(A.What->Name) < B.What->Name
                              : SM.isBeforeInTranslationUnit(A.F.Loc, B.F.Loc);
  });
  std::map<std::string, unsigned> Ordinals;
  for (Told &T : All) {
    const unsigned Before = Ordinals[idOf(SM, *T.What, T.F, 0)]++;
    T.Id = idOf(SM, *T.What, T.F, Before);
    T.Function = T.F.In ? T.F.In->Name : "";
    T.F.In = nullptr; // P ends here
  }
  return All;
}
