// All goroutines are asleep, and nobody is left who could wake one.
#ifndef GO_DEADLOCK_H
#define GO_DEADLOCK_H

#include <stdbool.h>
#include <stdint.h>

// No carrier works. Ends the program with the report if main is parked too and no thread exists that could wake
// anybody. True: a thread that the library does not know is alive, so ask again after a while.
bool rf_go_deadlock_suspect(void);
#define DEADLOCK_ASK_AGAIN_NS INT64_C(20000000)

extern uint32_t rf_go_foreign_parked; // threads of the program that wait in the library without a time limit

#endif
