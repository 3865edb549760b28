#include "Skip.h"
#include "Entries.h"
#include "Options.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/Support/VirtualFileSystem.h"

using namespace llvm;
using namespace redflag;

Skip::Skip() {
  if (OptIgnoreLists.empty())
    return;
  std::string Error;
  std::vector<std::string> Files(OptIgnoreLists.begin(), OptIgnoreLists.end());
  Ignored = SpecialCaseList::create(Files, *vfs::getRealFileSystem(), Error);
  if (!Ignored)
    report_fatal_error(Twine("redflag: ") + Error, /*gen_crash_diag=*/false);
}

bool Skip::covers(const Function &F) const {
  if (Entries::isOurs(F.getName()))
    return true;
  if (F.hasFnAttribute(Attribute::DisableSanitizerInstrumentation) || F.hasFnAttribute(Attribute::Naked))
    return true;
  if (!Ignored)
    return false;
  if (Ignored->inSection("redflag", "fun", F.getName()))
    return true;
  const DISubprogram *SP = F.getSubprogram();
  return SP && SP->getFile() && Ignored->inSection("redflag", "src", SP->getFile()->getFilename());
}
