// A goroutine that waits takes the page of its stack, and what the detector keeps of it: less than two pages in all.
// RUN: %cc -O1 %s -o %t && %clean %t
#include "../support/resident.h"
#include <redflag/go.h>
#include <stdlib.h>

#define MANY 10000

static chan(int) gate;
static go_wg here, gone;

static void wait_at_gate(void *unused) {
  go_wg_done(&here);
  go_recv(gate);
  go_wg_done(&gone);
}

int main(void) {
  gate = go_make(int, 0);
  go_wg_add(&here, MANY);
  go_wg_add(&gone, MANY);
  const long before = resident_bytes();
  for (int i = 0; i < MANY; i++)
    go_func(wait_at_gate, NULL);
  go_wg_wait(&here);
  const long each = (resident_bytes() - before) / MANY;
  go_close(gate);
  go_wg_wait(&gone);
  if (each >= 8192) {
    fprintf(stderr, "%ld bytes each\n", each);
    return EXIT_FAILURE;
  }
  return 0;
}
