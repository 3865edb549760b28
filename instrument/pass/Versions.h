// What differs between the versions of LLVM and clang that the plugin is built for.
#ifndef REDFLAG_VERSIONS_H
#define REDFLAG_VERSIONS_H

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Analysis/CaptureTracking.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/TargetParser/Triple.h"

#define REDFLAG_LLVM_22 (LLVM_VERSION_MAJOR >= 22)

namespace redflag {

// The parameter's address does not outlive the call. F: a function or a call.
template <typename T> void setNoCapture(T &F, unsigned Parameter) {
#if REDFLAG_LLVM_22
  F.addParamAttr(Parameter, llvm::Attribute::getWithCaptureInfo(F.getContext(), llvm::CaptureInfo::none()));
#else
  F.addParamAttr(Parameter, llvm::Attribute::NoCapture);
#endif
}

// Calls Visit(DILocalVariable *, const DILocation *) for each mention of V in debug information, and takes it out.
template <typename Fn> void takeDebugUsers(llvm::Value *V, Fn Visit) {
  llvm::SmallVector<llvm::DbgVariableRecord *, 2> Records;
  auto Take = [&](auto *Use) {
    Visit(Use->getVariable(), Use->getDebugLoc().get());
    Use->eraseFromParent();
  };
#if REDFLAG_LLVM_22
  llvm::findDbgUsers(V, Records);
#else
  llvm::SmallVector<llvm::DbgVariableIntrinsic *, 2> Intrinsics;
  llvm::findDbgUsers(Intrinsics, V, &Records);
  llvm::for_each(Intrinsics, Take);
#endif
  llvm::for_each(Records, Take);
}

inline llvm::Instruction *nextNonDebug(llvm::Instruction *I) {
#if REDFLAG_LLVM_22
  return I->getNextNode();
#else
  return I->getNextNonDebugInstruction();
#endif
}

inline llvm::dwarf::SourceLanguage sourceLanguage(const llvm::DICompileUnit *Unit) {
#if REDFLAG_LLVM_22
  return static_cast<llvm::dwarf::SourceLanguage>(Unit->getSourceLanguage().getName());
#else
  return static_cast<llvm::dwarf::SourceLanguage>(Unit->getSourceLanguage());
#endif
}

inline bool mayBeCaptured(const llvm::Value *V) {
#if REDFLAG_LLVM_22
  return llvm::PointerMayBeCaptured(V, /*ReturnCaptures=*/true);
#else
  return llvm::PointerMayBeCaptured(V, /*ReturnCaptures=*/true, /*StoreCaptures=*/true);
#endif
}

// How far the mask of a masked intrinsic lies behind its pointer.
inline constexpr unsigned MaskAfterPointer = REDFLAG_LLVM_22 ? 1 : 2;

} // namespace redflag

#endif
