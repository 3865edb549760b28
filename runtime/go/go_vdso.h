// The kernel's clock without a system call.
#ifndef GO_VDSO_H
#define GO_VDSO_H

// clock_gettime as the kernel's vDSO has it, NULL when there is none. Takes the kernel's timespec.
typedef int go_clock_fn(int clock, void *timespec);
go_clock_fn *go_vdso_clock(void);

#endif
