// GO__BORROWED: a pointer parameter that the function has forgotten when it returns. So a local variable whose address
// goes nowhere else stays its function's own: compilers may keep it in a register, and detectors need not look at it.
#ifndef REDFLAG_GO_BORROWED_H
#define REDFLAG_GO_BORROWED_H

#define GO__BORROWED
#ifdef __has_attribute
#if __has_attribute(noescape)
#undef GO__BORROWED
#define GO__BORROWED __attribute__((noescape))
#endif
#endif

#endif
