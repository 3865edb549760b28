#include "Options.h"

using namespace llvm;

cl::opt<bool> redflag::OptInstrument("redflag-instrument", cl::init(true), cl::Hidden,
                                     cl::desc("Emit race checks"));
cl::opt<bool> redflag::OptEliminate("redflag-elim", cl::init(true), cl::Hidden,
                                    cl::desc("Leave out checks that another check covers"));
cl::opt<bool> redflag::OptEliminateJoin("redflag-elim-join", cl::init(true), cl::Hidden,
                                        cl::desc("Also where several paths meet"));
cl::opt<bool> redflag::OptHoist("redflag-hoist", cl::init(true), cl::Hidden,
                                cl::desc("Check ranges in front of loops"));
cl::opt<bool> redflag::OptOutline("redflag-outline", cl::init(true), cl::Hidden,
                                  cl::desc("Check by a call outside of loops"));
cl::opt<bool> redflag::OptLearn("redflag-learn", cl::init(true), cl::Hidden,
                               cl::desc("Take the place of an access in its granule from others by the same pointer"));
cl::opt<bool> redflag::OptShareState("redflag-share", cl::init(true), cl::Hidden,
                                     cl::desc("Load the thread's state once for several checks"));
cl::opt<bool> redflag::OptRecord("redflag-record", cl::init(false), cl::Hidden,
                                 cl::desc("Record every access, checked or not"));
cl::opt<bool> redflag::OptStrip("redflag-strip", cl::init(false), cl::Hidden,
                                cl::desc("Remove debug information after instrumentation"));
cl::list<std::string> redflag::OptIgnoreLists("redflag-ignorelist", cl::Hidden,
                                              cl::desc("File that lists what is not instrumented"));
