// Comments that leave findings out: `// redflag: ignore(check): reason` on the line or the line before.
#ifndef REDFLAG_LINT_IGNORE_H
#define REDFLAG_LINT_IGNORE_H

#include "clang/Basic/SourceManager.h"
#include <functional>
#include <string>

namespace redflag::lint {

struct Check;

// Whether a comment leaves out what C finds at Loc.
bool isIgnored(const clang::SourceManager &SM, clang::SourceLocation Loc, const Check &C);

// Tells of comments without a reason, and of those that name no check.
void eachWrongComment(const clang::SourceManager &SM,
                      llvm::function_ref<void(clang::SourceLocation, std::string)> Tell);

} // namespace redflag::lint

#endif
