// Recording mode (rf_trace.h): events go to memory and, when the program ends, to the file that REDFLAG_OPTIONS
// record= names.
#include "rf_record.h"

#include "rf_host.h"
#include "rf_options.h"
#include "rf_runtime.h"
#include "rf_sys.h"
#include "rf_trace.h"

#include <fcntl.h>
#include <stdatomic.h>

#define ROOM (UINT64_C(1) << 27) // events

static struct rf_trace_event *events;
static _Atomic uint64_t count;

void rf_record_init(void) { events = rf_host->map(ROOM * sizeof *events); }

void rf_trace_note(enum rf_trace_op op, uint32_t thread, uint64_t addr, uint64_t size, int order, uint64_t kind) {
  const uint64_t at = atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
  if (at >= ROOM)
    rf_refuse("the recording is too long", "");
  if (events)
    events[at] = (struct rf_trace_event){(uint8_t)op, (uint8_t)order, (uint16_t)kind, thread, addr, size};
}

// Every access of the program as it was compiled, before any was found to need no check.
RF_EXPORT void __rf_record(const void *p, uint64_t n, uint32_t write) {
  const struct rf_self *s = rf_self_ptr;
  if (s && s->live && n)
    rf_trace_note(RF_TRACE_ACCESS, s->t.self->number, (uintptr_t)p, n, 0,
                  RF_CELL_PLAIN | (write ? RF_CELL_WRITE : 0));
}

void rf_record_finish(void) {
  if (!*rf_options.record)
    return;
  const long fd = rf_sys_open(rf_options.record, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0)
    rf_refuse("cannot write the recording to ", rf_options.record);
  const char *p = (const char *)events;
  for (uint64_t left = atomic_load(&count) * sizeof *events; left;) {
    const long did = rf_sys_write((int)fd, p, left);
    if (did <= 0)
      rf_refuse("cannot write the recording to ", rf_options.record);
    p += did;
    left -= (uint64_t)did;
  }
  rf_sys_close((int)fd);
}
