// What variables of several parts consist of, as text for reports: the paths by which a programmer names bytes.
#ifndef REDFLAG_PASS_LAYOUTS_H
#define REDFLAG_PASS_LAYOUTS_H

#include "llvm/IR/DebugInfoMetadata.h"
#include <string>

namespace redflag {

// The parts of Type in the encoding of rf_layout.h; "" for a type of one part, and where the parts are not
// known.
std::string layoutText(const llvm::DIType *Type);
// A heap block that is allocated as Bytes of a type with that name, in the same encoding: an array of such, or one
// at its start. Type: what debug information has of it, or null.
std::string blockText(uint64_t Bytes, llvm::StringRef Name, bool IsArray, const llvm::DIType *Type);
// Its caller says what it is.
std::string callersBlockText();
uint64_t bytesOf(const llvm::DIType *Type);
// Type without the names and qualifiers that say nothing of its size.
const llvm::DIType *bareType(const llvm::DIType *Type);

} // namespace redflag

#endif
