// Stacks of goroutines: address space that the kernel fills as it is touched, each above a guard page. A stack and a
// goroutine's record stay together; when the goroutine has ended, both wait for the next one.
#ifndef GO_STACK_H
#define GO_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GO_GUARD_PAGE ((size_t)4096)

struct goroutine;

struct go_stack {
  struct go_stack *next; // in a cache
  struct goroutine *g;   // whose record it has been with so far; NULL: none yet
  char *low, *high;      // the guard page lies below low
  bool guarded;          // else there are a few words at low that must not change
  bool emptied;          // its memory has been given back since it was used
  bool fresh;            // nobody has had it before
};

// Bytes of each: GO_STACK, or 256 KB. Without the guard page.
size_t rf_go_stack_bytes(void);
// Does not fail: ends the program when there is no memory. own: the calling thread may keep some for itself, since it
// lasts or will call rf_go_stack_flush().
struct go_stack *rf_go_stack_take(bool own);
void rf_go_stack_give(struct go_stack *s); // on a carrier
void rf_go_stack_flush(void);
// False: an unguarded stack has been overrun.
bool rf_go_stack_intact(const struct go_stack *s);
// Gives back the memory of stacks that have been idle since the last call, but for a few and until budget nanoseconds are
// over: giving back costs the kernel time, and so does taking it again.
void rf_go_stack_trim(int64_t budget);
// There are idle stacks, more than a few, whose memory has not been given back.
bool rf_go_stack_any_warm(void);

#endif
