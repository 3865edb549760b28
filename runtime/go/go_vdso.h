// The kernel's clock without a system call.
#ifndef GO_VDSO_H
#define GO_VDSO_H

// clock_gettime as the kernel's vDSO has it, NULL when there is none. Takes the kernel's timespec.
typedef int rf_go_clock_fn(int clock, void *timespec);
rf_go_clock_fn *rf_go_vdso_clock(void);

#endif
