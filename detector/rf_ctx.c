#include "rf_ctx.h"

#include "rf_cell.h"
#include "rf_lock.h"
#include "rf_mem.h"

#define CHUNK_NODES 1024u
#define CHUNK_COUNT ((RF_CTX_MAX + 1) / CHUNK_NODES)
#define FIRST_TABLE 128u
#define FIRST_MIXTURES 64u
#define MIXTURES_MAX (1u << 16) // some 4 MB a segment

struct table_entry {
  const struct rf_site *site;
  uint32_t parent;
  uint32_t ctx; // 0: free
};

struct rf_seg {
  struct rf_seg_head head;
  struct table_entry *table; // open addressing, owner only
  uint32_t table_size;       // a power of two
  uint32_t count;            // ids given out, the root included
  uint32_t *mixtures;        // open addressing, owner only; ids, 0: free. NULL: there is none yet
  uint32_t mixtures_size, mixtures_count; // the size is a power of two
  struct rf_ctx_node *chunk[CHUNK_COUNT]; // never moved, so that readers need no lock
};

// What a mixture's node has in the place of a call.
struct mixture {
  uint32_t ctx[8]; // of each byte, 0: not accessed
};

#define SEG_PAGE 1024u
static struct rf_seg **seg_pages[4096]; // index -> segment, two levels; a page is published by seg_lock
static _Atomic uint32_t seg_count = 1;  // 0 names no segment
static struct rf_lock seg_lock;

struct rf_seg *rf_seg_at(uint32_t index) { return seg_pages[index / SEG_PAGE][index % SEG_PAGE]; }
bool rf_ctx_exists(uint32_t seg, uint32_t ctx) {
  // A context is interned before anything names it, and names reach other threads by release.
  return seg && seg < atomic_load_explicit(&seg_count, memory_order_acquire) && ctx &&
         ctx < __atomic_load_n(&rf_seg_at(seg)->count, __ATOMIC_RELAXED);
}
bool rf_seg_full(const struct rf_seg *seg) { return seg->count > RF_CTX_MAX; }

static void node_put(struct rf_seg *seg, uint32_t ctx, struct rf_ctx_node node) {
  struct rf_ctx_node **chunk = &seg->chunk[ctx / CHUNK_NODES];
  if (!*chunk)
    *chunk = rf_mem_alloc(CHUNK_NODES * sizeof node);
  (*chunk)[ctx % CHUNK_NODES] = node;
}

struct rf_seg *rf_seg_new(void) {
  struct rf_seg *seg = rf_mem_alloc(sizeof *seg);
  seg->table_size = FIRST_TABLE;
  seg->table = rf_mem_alloc(FIRST_TABLE * sizeof *seg->table);
  node_put(seg, RF_CTX_ROOT, (struct rf_ctx_node){NULL, 0, 0});
  seg->count = RF_CTX_ROOT + 1;
  rf_lock_enter(&seg_lock);
  seg->head.index = seg_count++;
  struct rf_seg ***page = &seg_pages[seg->head.index / SEG_PAGE];
  if (!*page)
    *page = rf_mem_alloc(SEG_PAGE * sizeof **page);
  (*page)[seg->head.index % SEG_PAGE] = seg;
  rf_lock_leave(&seg_lock);
  return seg;
}

struct rf_ctx_node rf_ctx_node_at(const struct rf_seg *seg, uint32_t ctx) {
  return seg->chunk[ctx / CHUNK_NODES][ctx % CHUNK_NODES];
}

static uint32_t hash(uint32_t parent, const struct rf_site *site) {
  const uint64_t h = ((uintptr_t)site >> 2 ^ (uint64_t)parent << 32) * UINT64_C(0x9e3779b97f4a7c15);
  return (uint32_t)(h >> 32) ^ (uint32_t)h >> 7;
}

static struct table_entry *find(struct table_entry *table, uint32_t size, uint32_t parent,
                                const struct rf_site *site) {
  uint32_t at = hash(parent, site) & (size - 1);
  while (table[at].ctx && (table[at].site != site || table[at].parent != parent))
    at = (at + 1) & (size - 1);
  return &table[at];
}

static void grow(struct rf_seg *seg) {
  const uint32_t size = seg->table_size * 2;
  struct table_entry *table = rf_mem_alloc(size * sizeof *table);
  for (uint32_t i = 0; i < seg->table_size; i++) {
    const struct table_entry *old = &seg->table[i];
    if (old->ctx)
      *find(table, size, old->parent, old->site) = *old;
  }
  rf_mem_free(seg->table, seg->table_size * sizeof *table);
  seg->table = table;
  seg->table_size = size;
}

static uint32_t remember(struct rf_seg *seg, uint32_t parent, const struct rf_site *site, uint32_t ctx) {
  *rf_ctx_cached_at(seg, parent, site) = (struct rf_ctx_cached){site, parent, ctx};
  return ctx;
}

uint32_t rf_ctx_intern_slow(struct rf_seg *seg, uint32_t parent, const struct rf_site *site) {
  struct table_entry *e = find(seg->table, seg->table_size, parent, site);
  if (e->ctx)
    return remember(seg, parent, site, e->ctx);
  if (rf_seg_full(seg))
    return 0;
  const uint32_t ctx = seg->count++;
  node_put(seg, ctx, (struct rf_ctx_node){site, parent, rf_ctx_node_at(seg, parent).depth + 1});
  *e = (struct table_entry){site, parent, ctx};
  if (seg->count * 2 > seg->table_size)
    grow(seg);
  return remember(seg, parent, site, ctx);
}

// ---- Mixtures ----

#define MIXTURE_DEPTH UINT32_MAX // of their nodes, and of no stack

static const struct mixture *mixture_at(const struct rf_seg *seg, uint32_t ctx) {
  const struct rf_ctx_node node = rf_ctx_node_at(seg, ctx);
  return node.depth == MIXTURE_DEPTH ? (const struct mixture *)(const void *)node.site : NULL;
}

uint32_t rf_ctx_of_byte(const struct rf_seg *seg, uint32_t ctx, unsigned byte) {
  const struct mixture *m = mixture_at(seg, ctx);
  return m ? m->ctx[byte] : ctx;
}

static uint32_t mixture_hash(const struct mixture *m) {
  uint64_t h = 0;
  for (unsigned i = 0; i < 8; i++)
    h = (h ^ m->ctx[i]) * UINT64_C(0x9e3779b97f4a7c15);
  return (uint32_t)(h >> 32);
}

static bool mixture_equal(const struct mixture *a, const struct mixture *b) {
  uint32_t differ = 0;
  for (unsigned i = 0; i < 8; i++)
    differ |= a->ctx[i] ^ b->ctx[i];
  return !differ;
}

static uint32_t *mixture_find(const struct rf_seg *seg, const struct mixture *m) {
  for (uint32_t at = mixture_hash(m);; at++) {
    uint32_t *place = &seg->mixtures[at & (seg->mixtures_size - 1)];
    if (!*place || mixture_equal(mixture_at(seg, *place), m))
      return place;
  }
}

static void mixtures_grow(struct rf_seg *seg) {
  uint32_t *old = seg->mixtures;
  const uint32_t old_size = seg->mixtures_size;
  seg->mixtures_size = old ? 2 * old_size : FIRST_MIXTURES;
  seg->mixtures = rf_mem_alloc(seg->mixtures_size * sizeof *seg->mixtures);
  for (uint32_t i = 0; i < old_size; i++)
    if (old[i])
      *mixture_find(seg, mixture_at(seg, old[i])) = old[i];
  if (old)
    rf_mem_free(old, old_size * sizeof *old);
}

static uint32_t mixture_intern(struct rf_seg *seg, const struct mixture *m) {
  if (2 * seg->mixtures_count >= seg->mixtures_size)
    mixtures_grow(seg);
  uint32_t *place = mixture_find(seg, m);
  if (*place)
    return *place;
  if (rf_seg_full(seg) || seg->mixtures_count == MIXTURES_MAX)
    return 0;
  struct mixture *own = rf_mem_alloc(sizeof *own);
  *own = *m;
  *place = seg->count++;
  seg->mixtures_count++;
  node_put(seg, *place, (struct rf_ctx_node){(const struct rf_site *)(const void *)own, 0, MIXTURE_DEPTH});
  return *place;
}

uint32_t rf_ctx_mix_slow(struct rf_seg *seg, uint32_t lower, unsigned lower_mask, uint32_t upper, unsigned upper_mask) {
  struct mixture m;
  for (unsigned i = 0; i < 8; i++)
    m.ctx[i] = upper_mask >> i & 1   ? rf_ctx_of_byte(seg, upper, i)
               : lower_mask >> i & 1 ? rf_ctx_of_byte(seg, lower, i)
                                     : 0;
  const uint32_t ctx = mixture_intern(seg, &m), masks = upper_mask << 8 | lower_mask;
  if (ctx)
    *rf_ctx_mixed_at(seg, lower, upper, masks) = (struct rf_ctx_mixed){lower, upper, masks, ctx};
  return ctx;
}

// ---- Stacks ----

// A stack of more frames would not fit into any segment.
#define DEEPEST (RF_CTX_MAX / 2)

uint32_t rf_ctx_of_frames(struct rf_seg *seg, struct rf_frame *base, struct rf_frame *top) {
  struct rf_frame *f = top;
  uint32_t ctx = RF_CTX_ROOT;
  // Down to the nearest frame whose invocation is known, then up again, filling in the rest.
  while (f > base) {
    f--;
    if (f->ctx && f->seg == seg->head.index) {
      ctx = f->ctx;
      break;
    }
    if (top - f == DEEPEST) {
      rf_host->degraded("a stack has more than a million calls: reports leave out the outer ones");
      base = f;
    }
    if (f == base) {
      f->ctx = ctx = RF_CTX_ROOT;
      f->seg = seg->head.index;
    }
  }
  for (; f + 1 < top; f++) {
    ctx = rf_ctx_intern(seg, ctx, f->site);
    if (!ctx)
      return 0;
    f[1].ctx = ctx;
    f[1].seg = seg->head.index;
  }
  return ctx;
}

size_t rf_ctx_unwind(const struct rf_seg *seg, uint32_t ctx, const struct rf_site **out, size_t max) {
  size_t n = 0;
  while (ctx > RF_CTX_ROOT && n < max) {
    const struct rf_ctx_node node = rf_ctx_node_at(seg, ctx);
    out[n++] = node.site;
    ctx = node.parent;
  }
  return n;
}
