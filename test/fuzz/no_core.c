// The fuzzed renderer is given finished models: it never asks the core.
#include "fuzz.h"
#include "rf_thread.h"

struct rf_epoch_owner rf_epoch_lookup(uint64_t epoch) { abort(); }
struct rf_lthread *rf_lthread_numbered(uint32_t number) { abort(); }
struct rf_seg *rf_seg_at(uint32_t index) { abort(); }
struct rf_ctx_node rf_ctx_node_at(const struct rf_seg *seg, uint32_t ctx) { abort(); }
