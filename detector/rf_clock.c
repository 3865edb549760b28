#include "rf_clock.h"

#include "rf_lock.h"
#include "rf_mem.h"
#include <stdatomic.h>
#include <stddef.h>

#define FAN_BITS RF_CLOCK_FAN_BITS
#define FAN RF_CLOCK_FAN

// ---- Nodes: a few idle ones per OS thread, the rest in common ----
// Every release copies a path of its thread's clock, so nodes come and go with each lock operation; a common
// list alone would make all threads wait for each other.

#define IDLE_MAX 64u
#define BATCH 32u
#define CHUNK_NODES 128u

// Leaves and inner nodes differ in size.
enum sort { LEAF, INNER, SORTS };
#define WHOLE_LINES(bytes) (((bytes) + 63) & ~(size_t)63)
static const size_t bytes_of[SORTS] = {
    WHOLE_LINES(offsetof(struct rf_clock_node, value) + sizeof(uint64_t) * RF_CLOCK_LEAF),
    WHOLE_LINES(offsetof(struct rf_clock_node, kid) + sizeof(struct rf_clock_node *) * FAN),
};
static enum sort sort_at(uint32_t level) { return level ? INNER : LEAF; }

static struct idle_list {
  struct rf_clock_node *first; // linked through kid[0]
  uint32_t count;
} common[SORTS];               // guarded by common_lock
static struct rf_lock common_lock;
static _Thread_local struct idle_list idle[SORTS] __attribute__((tls_model("initial-exec")));

static void push(struct idle_list *l, struct rf_clock_node *n) {
  n->kid[0] = l->first;
  l->first = n;
  l->count++;
}

static struct rf_clock_node *pop(struct idle_list *l) {
  struct rf_clock_node *n = l->first;
  l->first = n->kid[0];
  l->count--;
  return n;
}

static void move(struct idle_list *from, struct idle_list *to, uint32_t n) {
  while (n-- && from->first)
    push(to, pop(from));
}

// With one reference, for the caller.
static struct rf_clock_node *node_take(uint32_t level) {
  const enum sort sort = sort_at(level);
  struct idle_list *mine = &idle[sort];
  if (!mine->first) {
    rf_lock_enter(&common_lock);
    move(&common[sort], mine, BATCH);
    rf_lock_leave(&common_lock);
  }
  if (!mine->first) {
    char *chunk = rf_mem_alloc(CHUNK_NODES * bytes_of[sort]);
    for (uint32_t i = 0; i < CHUNK_NODES; i++)
      push(mine, (struct rf_clock_node *)(chunk + i * bytes_of[sort]));
  }
  struct rf_clock_node *n = pop(mine);
  atomic_store_explicit(&n->refs, 1, memory_order_relaxed);
  return n;
}

static void node_give(struct rf_clock_node *n, uint32_t level) {
  const enum sort sort = sort_at(level);
  struct idle_list *mine = &idle[sort];
  push(mine, n);
  if (mine->count <= IDLE_MAX)
    return;
  rf_lock_enter(&common_lock);
  move(mine, &common[sort], mine->count - BATCH);
  rf_lock_leave(&common_lock);
}

void rf_clock_thread_end(void) {
  rf_lock_enter(&common_lock);
  for (enum sort sort = 0; sort < SORTS; sort++)
    move(&idle[sort], &common[sort], idle[sort].count);
  rf_lock_leave(&common_lock);
}

void rf_clock_after_fork(void) { atomic_store_explicit(&common_lock.held, 0, memory_order_relaxed); }

// ---- Trees ----

static struct rf_clock_node *node_ref(struct rf_clock_node *n) {
  if (n)
    atomic_fetch_add_explicit(&n->refs, 1, memory_order_relaxed);
  return n;
}

static void node_unref(struct rf_clock_node *n, uint32_t level) {
  // Acquire/release: the last holder must see all that the others did with the node before it is reused.
  if (!n || atomic_fetch_sub_explicit(&n->refs, 1, memory_order_acq_rel) != 1)
    return;
  for (unsigned i = 0; level && i < FAN; i++)
    node_unref(n->kid[i], level - 1);
  node_give(n, level);
}

// ---- Lines ----

#define LINES_AT_ONCE (UINT64_C(1) << 20)
static _Atomic uint64_t lines_given;
static _Thread_local uint64_t line_next __attribute__((tls_model("initial-exec")));

static void line_begin(struct rf_clock_node *n) {
  if (line_next % LINES_AT_ONCE == 0)
    line_next = atomic_fetch_add_explicit(&lines_given, LINES_AT_ONCE, memory_order_relaxed);
  n->line = ++line_next; // the last of these is not given out
  n->rank = 0;
  atomic_store_explicit(&n->continued, 0, memory_order_relaxed);
}

// n, which is at least old in each entry, becomes the next of its line, if it has none yet.
static bool line_continue(struct rf_clock_node *n, struct rf_clock_node *old) {
  if (old->rank == UINT32_MAX || atomic_exchange_explicit(&old->continued, 1, memory_order_relaxed))
    return false;
  n->line = old->line;
  n->rank = old->rank + 1;
  atomic_store_explicit(&n->continued, 0, memory_order_relaxed);
  return true;
}

// n grows in place: what was made from it before does not.
static void line_leave(struct rf_clock_node *n) {
  if (atomic_load_explicit(&n->continued, memory_order_relaxed))
    line_begin(n);
}

static void made_by(struct rf_clock_node *n, struct rf_clock_maker maker) {
  n->maker = maker.who;
  n->turn = maker.turn;
}

// It is at least other in each entry. False: not known.
static bool is_later(const struct rf_clock_node *n, const struct rf_clock_node *other) {
  return (n->line == other->line && n->rank >= other->rank) ||
         (n->maker == other->maker && n->turn > other->turn && n->maker);
}

static struct rf_clock_node *node_new(uint32_t level) {
  struct rf_clock_node *n = node_take(level);
  for (unsigned i = 0; level && i < FAN; i++)
    n->kid[i] = NULL;
  for (unsigned i = 0; !level && i < RF_CLOCK_LEAF; i++)
    n->value[i] = 0;
  line_begin(n);
  made_by(n, RF_CLOCK_NOBODY);
  return n;
}

// Takes a reference, returns one to a node that the caller alone holds and may write.
static struct rf_clock_node *node_own(struct rf_clock_node *n, uint32_t level, struct rf_clock_maker maker) {
  if (!n)
    n = node_new(level);
  // Acquire: pairs with the release of whoever dropped its reference last.
  if (atomic_load_explicit(&n->refs, memory_order_acquire) == 1) {
    line_leave(n);
    made_by(n, maker);
    return n;
  }
  struct rf_clock_node *own = node_take(level);
  if (!line_continue(own, n))
    line_begin(own);
  made_by(own, maker);
  for (unsigned i = 0; level && i < FAN; i++)
    own->kid[i] = node_ref(n->kid[i]);
  for (unsigned i = 0; !level && i < RF_CLOCK_LEAF; i++)
    own->value[i] = n->value[i];
  node_unref(n, level);
  return own;
}

static uint32_t shift_at(uint32_t level) { return level ? RF_CLOCK_LEAF_BITS + FAN_BITS * (level - 1) : 0; }

static bool holds(uint32_t height, uint32_t slot) {
  return shift_at(height + 1) >= 32 || slot >> shift_at(height + 1) == 0;
}

static unsigned digit(uint32_t slot, uint32_t level) {
  return (slot >> shift_at(level)) & ((level ? FAN : RF_CLOCK_LEAF) - 1);
}

static uint64_t tree_get(const struct rf_clock *c, uint32_t slot) {
  const bool near = slot < RF_CLOCK_NEAR;
  const uint32_t height = near ? c->near_height : c->far_height;
  if (!holds(height, slot))
    return 0;
  const struct rf_clock_node *n = near ? c->near : c->far;
  for (uint32_t level = height; n && level; level--)
    n = n->kid[digit(slot, level)];
  return n ? n->value[digit(slot, 0)] : 0;
}

static void grow(struct rf_clock_node **root, uint8_t *height, uint32_t to) {
  for (; *height < to; ++*height) {
    if (!*root)
      continue;
    struct rf_clock_node *up = node_new(*height + 1u);
    up->kid[0] = *root;
    *root = up;
  }
}

static void tree_set(struct rf_clock *c, uint32_t slot, uint64_t value, struct rf_clock_maker maker) {
  const bool near = slot < RF_CLOCK_NEAR;
  struct rf_clock_node **at = near ? &c->near : &c->far;
  uint8_t *height = near ? &c->near_height : &c->far_height;
  while (!holds(*height, slot))
    grow(at, height, *height + 1u);
  for (uint32_t level = *height; level; level--) {
    *at = node_own(*at, level, maker);
    at = &(*at)->kid[digit(slot, level)];
  }
  *at = node_own(*at, 0, maker);
  (*at)->value[digit(slot, 0)] = value;
}

// ---- Recent entries ----

static uint32_t recent_at(const struct rf_clock *c, uint32_t slot) {
  uint32_t i = 0;
  while (i < c->recents && c->recent_slot[i] != slot)
    i++;
  return i;
}

uint64_t rf_clock_get_deep(const struct rf_clock *c, uint32_t slot) {
  const uint32_t i = recent_at(c, slot);
  return i < c->recents ? c->recent[i] : tree_get(c, slot);
}

// Into the trees, of those that are named.
static void flush(struct rf_clock *c, bool near, bool far, struct rf_clock_maker maker) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < c->recents; i++)
    if (c->recent_slot[i] < RF_CLOCK_NEAR ? near : far) {
      tree_set(c, c->recent_slot[i], c->recent[i], maker);
    } else {
      c->recent_slot[kept] = c->recent_slot[i];
      c->recent[kept++] = c->recent[i];
    }
  c->recents = (uint16_t)kept;
}

void rf_clock_set(struct rf_clock *c, uint32_t slot, uint64_t value, struct rf_clock_maker maker) {
  if (slot < RF_CLOCK_FEW) {
    c->few[slot] = value;
    return;
  }
  uint32_t i = recent_at(c, slot);
  if (i == RF_CLOCK_RECENT) {
    flush(c, true, true, maker);
    i = 0;
  }
  c->recents = (uint16_t)(c->recents + (i == c->recents));
  c->recent_slot[i] = slot;
  c->recent[i] = value;
}

// The tree has grown: what it says already is recent no longer.
static void recent_keep_up(struct rf_clock *c) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < c->recents; i++)
    if (tree_get(c, c->recent_slot[i]) < c->recent[i]) {
      c->recent_slot[kept] = c->recent_slot[i];
      c->recent[kept++] = c->recent[i];
    }
  c->recents = (uint16_t)kept;
}

static bool join_recent(struct rf_clock *dst, const struct rf_clock *src, struct rf_clock_maker maker) {
  bool changed = false;
  for (uint32_t i = 0; i < src->recents; i++)
    if (src->recent[i] > rf_clock_get_deep(dst, src->recent_slot[i])) {
      rf_clock_set(dst, src->recent_slot[i], src->recent[i], maker);
      changed = true;
    }
  return changed;
}

// ---- Joins ----
// The join of two nodes is often one of them, so it is found out first, and only what is neither gets a node of its own.

// n is made of a and b. The line of a clock that many pass on is the longer one: whoever joins n with its other nodes
// finds more of it known.
static void line_of_join(struct rf_clock_node *n, struct rf_clock_node *a, struct rf_clock_node *b) {
  struct rf_clock_node *longer = b->rank > a->rank ? b : a;
  if (!line_continue(n, longer) && !line_continue(n, longer == a ? b : a))
    line_begin(n);
}

// n has grown in place by what src holds.
static void line_of_grown(struct rf_clock_node *n, struct rf_clock_node *src) {
  line_leave(n);
  if (src->rank > n->rank)
    line_continue(n, src);
}

// Entries are far from 2^63, and compared as signed ones by vectors.
__attribute__((target("avx2"))) static void compare(const struct rf_clock_node *a, const struct rf_clock_node *b,
                                                    bool *less, bool *more) {
  int64_t l = 0, m = 0;
  for (unsigned i = 0; i < RF_CLOCK_LEAF; i++) {
    l |= (int64_t)a->value[i] < (int64_t)b->value[i] ? -1 : 0;
    m |= (int64_t)a->value[i] > (int64_t)b->value[i] ? -1 : 0;
  }
  *less = l;
  *more = m;
}

__attribute__((target("avx2"))) static void take_larger(struct rf_clock_node *n, const struct rf_clock_node *a,
                                                        const struct rf_clock_node *b) {
  for (unsigned i = 0; i < RF_CLOCK_LEAF; i++)
    n->value[i] = (int64_t)a->value[i] > (int64_t)b->value[i] ? a->value[i] : b->value[i];
}

// What a join of trees is about, alike for all of their nodes.
struct joining {
  struct rf_clock_maker maker; // of the grown clock
  bool grew;                   // the join has a larger entry than the clock had
};

// These return d, src, or a node that was made of both, with a reference for the caller. d grows in place if nobody else
// can see it (own).
static struct rf_clock_node *join_leaf(struct rf_clock_node *d, struct rf_clock_node *src, bool own, struct joining *j) {
  bool less, more; // src has a smaller entry, or a larger one
  compare(src, d, &less, &more);
  j->grew |= more;
  if (!less) // share src rather than keep an equal copy
    return src;
  if (!more)
    return d;
  struct rf_clock_node *n = d;
  if (own) {
    line_of_grown(d, src);
  } else {
    n = node_take(0);
    line_of_join(n, d, src);
  }
  take_larger(n, d, src);
  made_by(n, j->maker);
  return n;
}

static struct rf_clock_node *join_inner(struct rf_clock_node *d, struct rf_clock_node *src, uint32_t level, bool own,
                                        struct joining *j);

static struct rf_clock_node *join_node(struct rf_clock_node *d, struct rf_clock_node *src, uint32_t level, bool own,
                                       struct joining *j) {
  if (!src || d == src || (d && is_later(d, src)))
    return d;
  if (!d || is_later(src, d)) {
    j->grew = true;
    return src;
  }
  // Acquire: pairs with the release of whoever dropped its reference last.
  own = own && atomic_load_explicit(&d->refs, memory_order_acquire) == 1;
  return level ? join_inner(d, src, level, own, j) : join_leaf(d, src, own, j);
}

// The caller's reference to *at passes to the join of it and src.
static void replace(struct rf_clock_node **at, struct rf_clock_node *join, struct rf_clock_node *src, uint32_t level) {
  struct rf_clock_node *old = *at;
  if (join == old)
    return;
  *at = join == src ? node_ref(join) : join;
  node_unref(old, level);
}

static struct rf_clock_node *join_inner(struct rf_clock_node *d, struct rf_clock_node *src, uint32_t level, bool own,
                                        struct joining *j) {
  struct rf_clock_node *kid[FAN];
  struct joining below = {j->maker, false};
  bool is_src = true;
  for (unsigned i = 0; i < FAN; i++)
    if (d->kid[i] != src->kid[i]) { // most are in no near cache where hundreds of threads take turns
      __builtin_prefetch(d->kid[i], 1);
      __builtin_prefetch(src->kid[i], 1);
    }
  for (unsigned i = 0; i < FAN; i++) {
    kid[i] = join_node(d->kid[i], src->kid[i], level - 1, own, &below);
    is_src &= kid[i] == src->kid[i];
  }
  j->grew |= below.grew;
  if (is_src)
    return src;
  if (!below.grew)
    return d;
  struct rf_clock_node *n = d;
  if (own) {
    for (unsigned i = 0; i < FAN; i++)
      replace(&d->kid[i], kid[i], src->kid[i], level - 1);
    line_of_grown(d, src);
  } else {
    n = node_take(level);
    for (unsigned i = 0; i < FAN; i++)
      n->kid[i] = kid[i] == d->kid[i] || kid[i] == src->kid[i] ? node_ref(kid[i]) : kid[i];
    line_of_join(n, d, src);
  }
  made_by(n, j->maker);
  return n;
}

static bool join_few(struct rf_clock *dst, const struct rf_clock *src) {
  bool changed = false;
  for (unsigned i = 0; i < RF_CLOCK_FEW; i++)
    if (src->few[i] > dst->few[i]) {
      dst->few[i] = src->few[i];
      changed = true;
    }
  return changed;
}

static bool join_trees(struct rf_clock_node **dst, uint8_t *height, struct rf_clock_node *src, uint32_t src_height,
                       struct rf_clock_maker maker) {
  if (!src || *dst == src)
    return false;
  grow(dst, height, src_height);
  struct joining j = {maker, false};
  if (*height == src_height) {
    replace(dst, join_node(*dst, src, *height, true, &j), src, *height);
    return j.grew;
  }
  struct rf_clock_node *tall = node_ref(src);
  uint8_t tall_height = (uint8_t)src_height;
  grow(&tall, &tall_height, *height);
  replace(dst, join_node(*dst, tall, *height, true, &j), tall, *height);
  node_unref(tall, *height);
  return j.grew;
}

bool rf_clock_join(struct rf_clock *dst, const struct rf_clock *src, struct rf_clock_maker maker) {
  const bool few = join_few(dst, src);
  const bool near = join_trees(&dst->near, &dst->near_height, src->near, src->near_height, maker);
  const bool far = src->far_height && join_trees(&dst->far, &dst->far_height, src->far, src->far_height, maker);
  if (near || far)
    recent_keep_up(dst);
  const bool recent = join_recent(dst, src, maker);
  // A tree that has just been copied where it differed takes them at little cost, and shares more with what others make
  // of it than trees that learn of them one by one.
  if (near || far)
    flush(dst, near && dst->near != src->near, far && dst->far != src->far, maker);
  return recent || few || near || far;
}

static void copy_entries(struct rf_clock *dst, const struct rf_clock *src) {
  for (unsigned i = 0; i < RF_CLOCK_FEW; i++)
    dst->few[i] = src->few[i];
  dst->recents = src->recents;
  for (uint32_t i = 0; i < src->recents; i++) {
    dst->recent_slot[i] = src->recent_slot[i];
    dst->recent[i] = src->recent[i];
  }
}

static void copy_tree(struct rf_clock_node **dst, uint8_t *height, struct rf_clock_node *src, uint8_t src_height) {
  if (*dst == src)
    return;
  node_ref(src);
  node_unref(*dst, *height);
  *dst = src;
  *height = src_height;
}

void rf_clock_copy(struct rf_clock *dst, const struct rf_clock *src) {
  copy_entries(dst, src);
  copy_tree(&dst->near, &dst->near_height, src->near, src->near_height);
  if (dst->far_height | src->far_height)
    copy_tree(&dst->far, &dst->far_height, src->far, src->far_height);
}

void rf_clock_move(struct rf_clock *dst, struct rf_clock *src) {
  node_unref(dst->near, dst->near_height);
  if (dst->far_height)
    node_unref(dst->far, dst->far_height);
  copy_entries(dst, src);
  dst->near = src->near;
  dst->near_height = src->near_height;
  if (dst->far_height | src->far_height)
    dst->far = src->far;
  dst->far_height = src->far_height;
  for (unsigned i = 0; i < RF_CLOCK_FEW; i++)
    src->few[i] = 0;
  src->near = NULL;
  if (src->far_height)
    src->far = NULL;
  src->recents = src->near_height = src->far_height = 0;
}

void rf_clock_clear(struct rf_clock *c) {
  node_unref(c->near, c->near_height);
  node_unref(c->far, c->far_height);
  *c = (struct rf_clock){.near = NULL};
}

static bool leq_node(const struct rf_clock_node *a, const struct rf_clock_node *b, uint32_t level) {
  if (!a || a == b)
    return true;
  for (unsigned i = 0; !level && i < RF_CLOCK_LEAF; i++)
    if (a->value[i] > (b ? b->value[i] : 0))
      return false;
  for (unsigned i = 0; level && i < FAN; i++)
    if (!leq_node(a->kid[i], b ? b->kid[i] : NULL, level - 1))
      return false;
  return true;
}

static bool leq_tree(struct rf_clock_node *a, uint32_t a_height, struct rf_clock_node *b, uint32_t b_height) {
  const uint32_t height = a_height > b_height ? a_height : b_height;
  struct rf_clock_node *x = node_ref(a), *y = node_ref(b);
  uint8_t x_height = (uint8_t)a_height, y_height = (uint8_t)b_height;
  grow(&x, &x_height, height);
  grow(&y, &y_height, height);
  const bool leq = leq_node(x, y, height);
  node_unref(x, height);
  node_unref(y, height);
  return leq;
}

bool rf_clock_leq(const struct rf_clock *a, const struct rf_clock *b) {
  for (unsigned i = 0; i < RF_CLOCK_FEW; i++)
    if (a->few[i] > b->few[i])
      return false;
  struct rf_clock x = {.near = NULL}, y = {.near = NULL};
  rf_clock_copy(&x, a);
  rf_clock_copy(&y, b);
  flush(&x, true, true, RF_CLOCK_NOBODY);
  flush(&y, true, true, RF_CLOCK_NOBODY);
  const bool leq = leq_tree(x.near, x.near_height, y.near, y.near_height) &&
                   leq_tree(x.far, x.far_height, y.far, y.far_height);
  rf_clock_clear(&x);
  rf_clock_clear(&y);
  return leq;
}
