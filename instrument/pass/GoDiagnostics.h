// Clang knows the block of a go statement as a captured statement, and says so in its errors; the user does not.
#ifndef REDFLAG_PASS_GODIAGNOSTICS_H
#define REDFLAG_PASS_GODIAGNOSTICS_H

#include "clang/Basic/Diagnostic.h"

namespace redflag {

// From now on such errors speak of go blocks.
void speakOfGoBlocks(clang::DiagnosticsEngine &Diags);

} // namespace redflag

#endif
