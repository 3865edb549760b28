// The parts of a variable: from the distance of a byte to the path by which the programmer names it,
// `table.slot[3].next`. The pass writes the parts of a type as text, so that the linker keeps equal ones once:
//
//   layout  nothing: one part
//           1 part... 3            a structure or union
//           2 size TAB type TAB layout 3   an array: of one element
//   part    offset TAB size TAB name TAB type TAB layout   name nothing: an unnamed member or a base class
//
// A heap block is an array, or a structure whose only part has no name and lies at its start; or nothing but 4: its bytes
// are counted by the function's parameters, so that its caller says what it is.
//
// where 1 to 4 are the characters of these codes, and numbers are decimal.
#ifndef RF_LAYOUT_H
#define RF_LAYOUT_H

#include "rf_text.h"

struct rf_layout_part {
  char type[64]; // "" unknown
  uint64_t size; // bytes, 0: the variable has no parts that are known
};

// Adds to path the way to the part that holds byte `offset`, as `.slot[3].next`. Where several parts share the
// byte (a union, bit-fields) it ends at what holds them all. Whatever layout holds, reads no further than its
// end.
void rf_layout_path(const char *layout, uint64_t offset, struct rf_text *path, struct rf_layout_part *part);

// What a heap block is allocated as, if layout tells: its type and the size of one. False: it does not.
bool rf_layout_block(const char *layout, struct rf_layout_part *one);
bool rf_layout_is_array(const char *layout);
bool rf_layout_is_callers(const char *layout);

#endif
