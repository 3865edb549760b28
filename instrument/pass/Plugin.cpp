// Registers the passes with clang's pipelines.
#include "GoLower.h"
#include "Instrument.h"
#include "Prepare.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/PassPlugin.h"

using namespace llvm;

static void registerPasses(PassBuilder &PB) {
  // Before anything can move code across the markers of a go statement.
  PB.registerPipelineStartEPCallback(
      [](ModulePassManager &MPM, OptimizationLevel Level) {
        MPM.addPass(redflag::GoLowerPass());
        MPM.addPass(redflag::PreparePass(Level != OptimizationLevel::O0));
      });
  // Last: what the optimiser removes needs no check, and coroutines are split.
  PB.registerOptimizerLastEPCallback(
      [](ModulePassManager &MPM, OptimizationLevel) { MPM.addPass(redflag::InstrumentPass()); });
}

extern "C" __attribute__((visibility("default"))) PassPluginLibraryInfo llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "redflag", "1", registerPasses};
}
