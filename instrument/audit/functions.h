// Where functions begin and end: by symbols, by the unwinder's table where there are none, by the list that the
// pass leaves. What lies between them is code of no known function.
#ifndef RF_AUDIT_FUNCTIONS_H
#define RF_AUDIT_FUNCTIONS_H

#include "image.h"

struct range {
  uint64_t address, size;
  const char *name; // NULL: none
  bool covered;     // the pass went through it
  bool between;     // code of no known function
};

struct ranges {
  struct range *at; // by address, none overlaps another, each lies in one region of code
  size_t count;
  bool has_covered; // some object of the file was built with the list
};

void functions_find(struct ranges *r, const struct image *i);
void functions_free(struct ranges *r);

// Calls visit for each function of the unwinder's table.
void frames_each(const struct image *i, void (*visit)(void *arg, uint64_t address, uint64_t size), void *arg);

#endif
