// errno for goroutines. It belongs to the thread, and a goroutine may go on on another one after any call that waits,
// with its value of errno. But C libraries declare the function that finds errno to be constant, and so compilers find
// it once in a function and use that place after such a call too. This one is found anew each time.
#ifndef REDFLAG_GO_ERRNO_H
#define REDFLAG_GO_ERRNO_H

#include <errno.h>

#if defined(__GLIBC__) && defined(__GNUC__)
static inline int *go__errno_place(void) {
  int *(*find)(void) = __errno_location;
  __asm__ volatile("" : "+r"(find));
  return find();
}
#undef errno
#define errno (*go__errno_place())
#endif

#endif
