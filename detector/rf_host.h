// What the detector core needs from the world below it. The core makes no operating-system call of its
// own: the runtime gives it Linux, the unit tests give it a fake.
#ifndef RF_HOST_H
#define RF_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rf_race;

struct rf_host {
  // Zeroed, page-aligned memory, touched lazily. Never returns NULL: a host that has no more memory says
  // so and ends the process, since a detector that forgets would lie.
  void *(*map)(size_t bytes);
  void (*unmap)(void *p, size_t bytes);
  // Pages that read as zero from now on, or already do, need no memory until they are written again.
  void (*discard)(void *p, size_t bytes);
  // Gives the processor away while another thread holds a lock of the core; turns: how often it was in vain.
  void (*yield)(unsigned turns);
  // Every other thread passes a full memory barrier before this returns.
  void (*barrier)(void);
  // Asks for rf_collect() as soon as the calling thread can stop the others. Called with locks held, by a thread that
  // the host knows.
  void (*collect)(void);
  // An unordered pair was found. Called without the lock of any granule, perhaps with that of a
  // synchronisation object's line.
  void (*race)(const struct rf_race *race);
  // Something had to be given up (STYLE: told, not hidden); what is a whole sentence.
  void (*degraded)(const char *what);
};

extern const struct rf_host *rf_host;

#endif
