// A goroutine that runs into the guard page of its stack ends the program with a message that says so.
#ifndef GO_FAULT_H
#define GO_FAULT_H

// Takes over SIGSEGV; faults elsewhere go on to whatever handled them before. Once per process.
void rf_go_fault_watch(void);
// The calling carrier gets a stack for that handler, which is given back when it ends.
void *rf_go_fault_stack_new(void);
void rf_go_fault_stack_free(void *stack);

// What the handler does for a stack that has been overrun.
struct goroutine;
_Noreturn void rf_go_stack_overflow(const struct goroutine *g);

#endif
