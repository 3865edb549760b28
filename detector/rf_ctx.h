// Calling contexts: each id names a whole stack, as a path in a tree of {parent, site}. A segment is one
// such tree; it is written by the one thread that owns it and read by whoever renders a report.
// Invariant: a node is complete before its id can be read from a shadow cell, and never changes.
//
// A cell may stand for accesses of several statements to bytes of one granule, of one epoch and kind; its context is
// then a *mixture*, which names a context for each byte. Mixtures are interned like stacks, since fields of one granule
// are mostly accessed by the same statements in the same order. They leave the shadow as plain contexts only
// (rf_ctx_of_byte).
#ifndef RF_CTX_H
#define RF_CTX_H

#include "rf_abi.h"
#include <stdbool.h>
#include <stddef.h>

#define RF_CTX_ROOT 1u // the empty stack; 0 is no context

struct rf_ctx_node {
  const struct rf_site *site;
  uint32_t parent;
  uint32_t depth;
};

// Contexts looked up lately, by what they were looked up with. Owner only. Real programs reach their statements by many
// paths: with a quarter of this and of the next, sqlite takes 8 % more CPU time; a thread pays for the pages it uses.
#define RF_CTX_CACHE 8192u
struct rf_ctx_cached {
  const struct rf_site *site; // NULL: free
  uint32_t parent, ctx;
};

// Mixtures made lately, likewise. masks: bytes of the upper and of the lower context.
#define RF_CTX_MIX_CACHE 2048u
struct rf_ctx_mixed {
  uint32_t lower, upper; // 0: free
  uint32_t masks, ctx;
};

struct rf_seg;
struct rf_seg_head {
  uint32_t index;
  struct rf_seg *next;
  struct rf_ctx_cached cache[RF_CTX_CACHE];
  struct rf_ctx_mixed mixed[RF_CTX_MIX_CACHE];
};

// struct rf_seg begins with its head.

struct rf_seg *rf_seg_new(void);
static inline uint32_t rf_seg_index(const struct rf_seg *seg) { return ((const struct rf_seg_head *)seg)->index; }
struct rf_seg *rf_seg_at(uint32_t index);
// Where the holder of an idle segment links it to the next.
static inline struct rf_seg **rf_seg_link(struct rf_seg *seg) { return &((struct rf_seg_head *)seg)->next; }
// True for every context that was interned. Any thread may ask.
bool rf_ctx_exists(uint32_t seg, uint32_t ctx);
// No room for more contexts: the owner takes a new segment (and with it a new epoch block).
bool rf_seg_full(const struct rf_seg *seg);

// The context of site called from parent. Owner only. 0 when the segment is full.
uint32_t rf_ctx_intern_slow(struct rf_seg *seg, uint32_t parent, const struct rf_site *site);
static inline struct rf_ctx_cached *rf_ctx_cached_at(struct rf_seg *seg, uint32_t parent, const struct rf_site *site) {
  return &((struct rf_seg_head *)seg)->cache[((uint32_t)((uintptr_t)site / 4) + parent * 0x9e3779b1u) % RF_CTX_CACHE];
}
static inline uint32_t rf_ctx_intern(struct rf_seg *seg, uint32_t parent, const struct rf_site *site) {
  const struct rf_ctx_cached *c = rf_ctx_cached_at(seg, parent, site);
  if (c->site == site && c->parent == parent)
    return c->ctx;
  return rf_ctx_intern_slow(seg, parent, site);
}
// The context of a cell whose upper_mask was accessed from upper, and whose lower_mask from lower. The masks share no
// byte; either context may be a mixture. Owner only. 0: the segment is full, or it has too many mixtures already (where
// many statements access the parts of many granules at random, each new one would be another mixture).
uint32_t rf_ctx_mix_slow(struct rf_seg *seg, uint32_t lower, unsigned lower_mask, uint32_t upper, unsigned upper_mask);
static inline struct rf_ctx_mixed *rf_ctx_mixed_at(struct rf_seg *seg, uint32_t lower, uint32_t upper, uint32_t masks) {
  return &((struct rf_seg_head *)seg)->mixed[(lower * 0x9e3779b1u + upper * 31 + masks) % RF_CTX_MIX_CACHE];
}
static inline uint32_t rf_ctx_mix(struct rf_seg *seg, uint32_t lower, unsigned lower_mask, uint32_t upper,
                                  unsigned upper_mask) {
  const uint32_t masks = upper_mask << 8 | lower_mask;
  const struct rf_ctx_mixed *m = rf_ctx_mixed_at(seg, lower, upper, masks);
  if (m->lower == lower && m->upper == upper && m->masks == masks)
    return m->ctx;
  return rf_ctx_mix_slow(seg, lower, lower_mask, upper, upper_mask);
}
// The context from which a byte (0 to 7) of a cell with this context was accessed. Any thread may ask.
uint32_t rf_ctx_of_byte(const struct rf_seg *seg, uint32_t ctx, unsigned byte);
// The context of the function that runs in the top frame of [base, top). Owner only.
uint32_t rf_ctx_of_frames(struct rf_seg *seg, struct rf_frame *base, struct rf_frame *top);
struct rf_ctx_node rf_ctx_node_at(const struct rf_seg *seg, uint32_t ctx);
// Innermost first; returns how many of at most max sites were written.
size_t rf_ctx_unwind(const struct rf_seg *seg, uint32_t ctx, const struct rf_site **out, size_t max);

#endif
