// Stacks of goroutines: address space that the kernel fills as it is touched, each above a guard page, cached
// when its goroutine has ended.
#ifndef GO_STACK_H
#define GO_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GO_GUARD_PAGE ((size_t)4096)

struct go_stack {
  struct go_stack *next; // guarded by the cache's guard
  char *low, *high;      // the guard page lies below low
  bool guarded;          // else there are a few words at low that must not change
  bool emptied;          // its memory has been given back since it was used
  bool fresh;            // nobody has had it before
};

// Bytes of each: GO_STACK, or 256 KB. Without the guard page.
size_t rf_go_stack_bytes(void);
// Does not fail: ends the program when there is no memory.
struct go_stack *rf_go_stack_take(void);
void rf_go_stack_give(struct go_stack *s);
// False: an unguarded stack has been overrun.
bool rf_go_stack_intact(const struct go_stack *s);
// Gives back the memory of stacks that have been idle since the last call, but for a few.
void rf_go_stack_trim(void);

#endif
