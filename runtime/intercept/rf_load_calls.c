// Loading of libraries: what constructors did happens before the return of each later dlopen(), since the loader holds
// its lock while they run. Compiled code calls these, for dlopen() finds the search path by its caller's address
// and so must be called by the program itself.
#include "rf_abi.h"
#include "rf_object.h"

RF_EXPORT void __rf_constructed(void) { rf_give(rf_object(RF_OBJECT_ONE, RF_ONE_LIBRARIES)); }
RF_EXPORT void __rf_loaded(void) { rf_take(rf_object(RF_OBJECT_ONE, RF_ONE_LIBRARIES)); }
