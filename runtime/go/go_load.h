// Who could still make the program go on: one word that counts running goroutines and parked foreign threads.
#ifndef GO_LOAD_H
#define GO_LOAD_H

#include <stdbool.h>
#include <stdint.h>

//   63        40 39              24 23         0
//   [ generation ][ foreign parked ][ running   ]
// running   goroutines, main included, that are not parked without a deadline; foreign threads never count
// generation  grows with every wake, so that an unchanged word means that nobody was woken in between
#define LOAD_RUNNING UINT64_C(1)
#define LOAD_RUNNING_MASK ((UINT64_C(1) << 24) - 1)
#define LOAD_FOREIGN (UINT64_C(1) << 24)
#define LOAD_FOREIGN_SHIFT 24
#define LOAD_FOREIGN_MASK UINT64_C(0xffff)
#define LOAD_GENERATION (UINT64_C(1) << 40)

extern uint64_t rf_go_load;
extern uint32_t rf_go_carriers; // pthreads of the library, idle ones too; counted from before they start

static inline uint64_t rf_go_load_add(uint64_t delta) {
  return __atomic_add_fetch(&rf_go_load, delta, __ATOMIC_SEQ_CST);
}

static inline bool rf_go_load_idle(uint64_t load) { return (load & LOAD_RUNNING_MASK) == 0; }

// The caller has just made the load idle, or still finds it so. Ends the program with the deadlock report if
// no thread exists that could wake anybody. Returns false once the load has changed and the caller need not
// ask again; true: ask again after a while, a thread unknown to the library is still alive.
bool rf_go_deadlock_suspect(uint64_t load);
#define DEADLOCK_ASK_AGAIN_NS INT64_C(20000000)

#endif
