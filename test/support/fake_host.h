// A host for the detector core without threads or a program: memory from mmap, races to a callback.
#ifndef RF_FAKE_HOST_H
#define RF_FAKE_HOST_H

#include "rf_shadow.h"
#include "rf_sync.h"

#define FAKE_MEMORY 0x10000u       // first address of the pretended program's memory
#define FAKE_MEMORY_BYTES 0x10000u // and how much of it has a shadow

// Starts the core; every race goes to on_race. main becomes logical thread 1.
void fake_host_start(struct rf_thread *main, void (*on_race)(const struct rf_race *));
extern unsigned fake_host_collections_due; // how often the core asked for one
// A carrier for a logical thread: its compiled-code state and call stack.
struct fake_carrier {
  struct rf_thread thread;
  struct rf_tls tls;
  struct rf_frame frames[64];
};

#endif
