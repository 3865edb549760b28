// Switching stacks: what the compiler keeps in registers across a call is kept on the stack that is left.
#ifndef GO_SWITCH_H
#define GO_SWITCH_H

// Leaves the present stack, whose pointer goes to *save, for one whose pointer was saved so. Returns when
// somebody switches back; the calling pthread may be another one then.
void rf_go_switch(void **save, void *to);

// A stack pointer for rf_go_switch() that enters main(entry, arg) on a new stack that ends at top, which is a multiple of
// 16. main() never returns; debuggers and unwinders find nothing beyond it.
typedef void rf_go_entry(void *arg);
void *rf_go_switch_prepare(void *top, void (*main)(rf_go_entry *, void *), rf_go_entry *entry, void *arg);

#endif
