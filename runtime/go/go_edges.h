// What the library tells the detector, and what becomes of it in the library for programs without one.
#ifndef GO_EDGES_H
#define GO_EDGES_H

#ifdef GO_STANDALONE
#include "go_standalone.h"
#else
#include "rf_edges.h"
#endif

#endif
