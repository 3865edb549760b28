// Goes through the code of a function with what is known of its registers: which of them lead into the stack,
// which hold an address or number that stands in the code. Where a jump may arrive nothing is taken as known.
#ifndef RF_AUDIT_WALK_H
#define RF_AUDIT_WALK_H

#include "audit.h"
#include "entries.h"

// A function that has a meaning when it is called.
struct target {
  uint64_t address;
  enum entry entry;
  const char *name;
};

struct walker {
  const struct image *image;
  struct decoder *decoder;
  struct target *targets; // by address
  size_t target_count;
  bool has_sites;
  struct insn *insns; // of the present piece
  size_t insn_room;
  uint8_t *arrivals; // a bit for each byte of it
  size_t arrival_room;
};

// False: the disassembler refuses.
bool walker_open(struct walker *w, const struct image *i);
void walker_close(struct walker *w);
void walker_add(struct walker *w, struct target t); // targets are ordered again by the caller
void walker_order(struct walker *w);
const struct target *walker_target(const struct walker *w, uint64_t address); // NULL: none

struct walk_step {
  struct audit_step shown;
  enum entry entry;
  bool number_known;   // of a system call
  bool touches_others; // memory that others may have
};

void walk(struct walker *w, uint64_t address, uint64_t size,
          void (*visit)(const struct walk_step *s, void *arg), void *arg);

#endif
