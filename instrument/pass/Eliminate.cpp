#include "Eliminate.h"

using namespace llvm;
using namespace redflag;

void redflag::eliminate(FunctionPlan &Plan, Function &F, FunctionAnalysisManager &FAM) {}
