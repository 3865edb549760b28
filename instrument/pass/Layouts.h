// What variables of several parts consist of, as text for reports: the paths by which a programmer names bytes.
#ifndef REDFLAG_PASS_LAYOUTS_H
#define REDFLAG_PASS_LAYOUTS_H

#include "llvm/IR/DebugInfoMetadata.h"
#include <string>

namespace redflag {

// The parts of Type in the encoding of rf_layout.h; "" for a type of one part, and where the parts are not
// known.
std::string layoutText(const llvm::DIType *Type);

} // namespace redflag

#endif
