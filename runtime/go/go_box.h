// What the scheduler must know of boxes.
#ifndef GO_BOX_H
#define GO_BOX_H

#include "go_sched.h"

// g ends: its block uses the boxes no more that it was started with. To be called before g's end is told to the
// detector.
void rf_go_box_leave(struct goroutine *g);

#endif
