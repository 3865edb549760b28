// Collection: finds the epoch ids that no shadow cell holds any more, and gives them, the records of the threads
// they belonged to and those threads' slots out again. So a program may run for ever: what is kept grows with
// its memory, not with its age. Exact: it only looks at the shadow, and forgets no access.
#ifndef RF_COLLECT_H
#define RF_COLLECT_H

// Caller: all other threads are outside the core and stay there. The host is asked for it by rf_host->collect.
void rf_collect(void);

#endif
