#include "Options.h"

using namespace llvm;

cl::opt<bool> redflag::OptInstrument("redflag-instrument", cl::init(true), cl::Hidden,
                                     cl::desc("Emit race checks"));
cl::opt<bool> redflag::OptEliminate("redflag-elim", cl::init(true), cl::Hidden,
                                    cl::desc("Leave out checks that another check covers"));
cl::opt<bool> redflag::OptStrip("redflag-strip", cl::init(false), cl::Hidden,
                                cl::desc("Remove debug information after instrumentation"));
cl::opt<std::string> redflag::OptIgnoreList("redflag-ignorelist", cl::init(""), cl::Hidden,
                                            cl::desc("File that lists what is not instrumented"));
