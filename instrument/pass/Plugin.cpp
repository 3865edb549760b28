// Registers the passes with clang's pipelines.
#include "GoLower.h"
#include "Instrument.h"
#include "Prepare.h"
#include "Versions.h"
#include "llvm/Passes/PassBuilder.h"
#if REDFLAG_LLVM_22
#include "llvm/Plugins/PassPlugin.h"
#else
#include "llvm/Passes/PassPlugin.h"
#endif

using namespace llvm;

// What else a version's callbacks are told is not needed.
static void registerPasses(PassBuilder &PB) {
  // Before anything can move code across the markers of a go statement.
  PB.registerPipelineStartEPCallback(
      [](ModulePassManager &MPM, OptimizationLevel Level, auto...) {
        MPM.addPass(redflag::GoLowerPass());
        MPM.addPass(redflag::PreparePass(Level != OptimizationLevel::O0));
      });
  // Last: what the optimiser removes needs no check, and coroutines are split.
  PB.registerOptimizerLastEPCallback(
      [](ModulePassManager &MPM, OptimizationLevel, auto...) { MPM.addPass(redflag::InstrumentPass()); });
}

extern "C" __attribute__((visibility("default"))) PassPluginLibraryInfo llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "redflag", "1", registerPasses};
}
