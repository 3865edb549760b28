// Sites of code that other compilers instrumented: all that is known of them is an address. One site per
// address, for ever, so that contexts and reports can compare sites by pointer.
#ifndef RF_PC_SITE_H
#define RF_PC_SITE_H

#include "rf_abi.h"

struct rf_model_frame;

struct rf_pc_site {
  struct rf_site site; // kind RF_SITE_PC, strings unknown
  uintptr_t pc;        // a return address: the code in question ends just before it
  struct rf_pc_site *next; // in its bucket; never changes once published
  // What rf_symbolize.c found out; guarded by the report lock.
  struct rf_model_frame *frames; // innermost first, NULL: not looked up yet
  uint32_t frame_count;
  struct rf_pc_site *next_wanted;
};

// The site of pc; size: bytes accessed there, 0: none or variable. Lock-free.
const struct rf_site *rf_pc_site(uintptr_t pc, uint8_t size);

#endif
