// Recording mode: a build of the runtime (libredflag-record.a, -fredflag-record) that keeps every event of an
// execution, so that test/record can judge it by the definition of a race and compare. In every other build these
// calls are nothing.
#ifndef RF_TRACE_H
#define RF_TRACE_H

#include <stdint.h>

enum rf_trace_op {
  RF_TRACE_ACCESS, // kind: RF_CELL_PLAIN, RF_CELL_WRITE
  RF_TRACE_LOAD,
  RF_TRACE_STORE,
  RF_TRACE_RMW, // atomics, with their order
  RF_TRACE_FENCE,
  RF_TRACE_ACQUIRE,
  RF_TRACE_RELEASE_MERGE,
  RF_TRACE_RELEASE_STORE,
  RF_TRACE_FORK, // addr: number of the child
  RF_TRACE_JOIN, // addr: number of the thread that has ended
  RF_TRACE_CLEAR,
  RF_TRACE_FORGET,
  RF_TRACE_RACE, // the detector found one: addr a granule, size the mask of its racy bytes
};

struct rf_trace_event {
  uint8_t op, order;
  uint16_t kind;
  uint32_t thread; // number
  uint64_t addr, size;
};

#ifdef RF_RECORD
// Events of one location are noted in the order in which they took effect.
void rf_trace_note(enum rf_trace_op op, uint32_t thread, uint64_t addr, uint64_t size, int order, uint64_t kind);
#else
static inline void rf_trace_note(enum rf_trace_op op, uint32_t thread, uint64_t addr, uint64_t size, int order,
                                 uint64_t kind) {
  (void)op, (void)thread, (void)addr, (void)size, (void)order, (void)kind;
}
#endif

#endif
