// The link checker, whose workers count the pages too.
// verdict: racy
// race-in: work
#define COUNTED_BY_WORKERS
#include "link_checker.c"
