#include "rf_order.h"

#include "rf_lock.h"
#include "rf_mem.h"

#define TABLE 4096u // buckets of locks and of nodes
#define SEARCH_STEPS 20000u
#define NODES_MAX (1u << 20)

struct lock {
  struct lock *next; // in its bucket
  uintptr_t addr;
  struct rf_order_node *first; // all nodes that add this lock, through same
  const char *kind;
};

struct rf_order_node {
  struct rf_order_node *parent, *child, *sibling;
  struct rf_order_node *same;
  struct rf_order_node *next; // in its bucket; or the next idle one
  struct lock *lock;          // NULL: the root, or idle
  rf_place where;             // the first time
  uint32_t phase, thread;     // in which it was wanted last, and by whom first in that phase
  bool exclusive;
  bool waits;   // somebody could have waited for lock here, in this phase
  bool several; // several threads did
};

static struct rf_lock guard; // of all that follows
static struct lock *locks[TABLE];
static struct rf_order_node *nodes[TABLE];
static struct rf_order_node root;
static struct rf_order_node *idle_nodes;
static uint32_t node_count;
static uint32_t pages_with_locks[TABLE]; // how many locks lie in pages of that hash: most memory has none
static _Atomic uint32_t version = 1;     // changes when nodes go away
static _Atomic uint32_t phase = 1;

void rf_order_phase(void) { atomic_fetch_add_explicit(&phase, 1, memory_order_relaxed); }
void rf_order_after_fork(void) { atomic_store_explicit(&guard.held, 0, memory_order_relaxed); }

static uint32_t hash(uintptr_t a, uintptr_t b) {
  return (uint32_t)((a * UINT64_C(0x9e3779b97f4a7c15) ^ b * UINT64_C(0xd6e8feb86659fd93)) >> 40) % TABLE;
}
static uint32_t *page_count(uintptr_t addr) { return &pages_with_locks[hash(addr >> 12, 0)]; }

// ---- Locks and nodes ----

static struct lock *lock_get(uintptr_t addr, const char *kind) {
  struct lock **bucket = &locks[hash(addr, 1)], *l = *bucket;
  while (l && l->addr != addr)
    l = l->next;
  if (l)
    return l;
  l = rf_mem_alloc(sizeof *l);
  *l = (struct lock){*bucket, addr, NULL, kind};
  *bucket = l;
  ++*page_count(addr);
  return l;
}

static struct rf_order_node **node_bucket(const struct rf_order_node *parent, const struct lock *lock) {
  return &nodes[hash((uintptr_t)parent, (uintptr_t)lock)];
}

static struct rf_order_node *node_find(struct rf_order_node *parent, const struct lock *lock, bool exclusive) {
  struct rf_order_node *n = *node_bucket(parent, lock);
  while (n && (n->parent != parent || n->lock != lock || n->exclusive != exclusive))
    n = n->next;
  return n;
}

static void node_link(struct rf_order_node *n, struct rf_order_node *parent) {
  struct rf_order_node **bucket = node_bucket(parent, n->lock);
  n->parent = parent;
  n->sibling = parent->child;
  parent->child = n;
  n->next = *bucket;
  *bucket = n;
}

static struct rf_order_node *node_get(struct rf_order_node *parent, struct lock *lock, bool exclusive) {
  struct rf_order_node *n = node_find(parent, lock, exclusive);
  if (n)
    return n;
  if (idle_nodes) {
    n = idle_nodes;
    idle_nodes = n->next;
  } else if (node_count < NODES_MAX) {
    node_count++;
    n = rf_mem_alloc(sizeof *n);
  } else {
    return NULL;
  }
  *n = (struct rf_order_node){.lock = lock, .exclusive = exclusive, .same = lock->first};
  lock->first = n;
  node_link(n, parent);
  return n;
}

// ---- Search ----

struct search {
  const struct rf_order_node *chain[RF_ORDER_CYCLE_MAX]; // dependencies; each wants a lock that the next holds
  const struct rf_order_node *holds[RF_ORDER_CYCLE_MAX]; // the ancestor that added that lock
  uint32_t count, steps;
};

static bool same_thread(const struct rf_order_node *a, const struct rf_order_node *b) {
  return a->thread == b->thread && !a->several && !b->several;
}

// The node among n and its ancestors, the root excluded, that added lock.
static const struct rf_order_node *holder(const struct rf_order_node *n, const struct lock *lock) {
  while (n->lock && n->lock != lock)
    n = n->parent;
  return n->lock ? n : NULL;
}

static bool have_gate(const struct rf_order_node *a, const struct rf_order_node *b) {
  for (const struct rf_order_node *x = a->parent; x->lock; x = x->parent) {
    const struct rf_order_node *y = holder(b->parent, x->lock);
    if (y && (x->exclusive || y->exclusive))
      return true;
  }
  return false;
}

static bool fits(const struct search *s, const struct rf_order_node *n) {
  for (uint32_t i = 0; i < s->count; i++)
    if (same_thread(s->chain[i], n) || have_gate(s->chain[i], n))
      return false;
  return true;
}

static bool extend(struct search *s);

// Tries n, which holds what the chain's last dependency wants, as the next one.
static bool try_node(struct search *s, const struct rf_order_node *n, const struct rf_order_node *held) {
  if (!n->waits || n->phase != atomic_load_explicit(&phase, memory_order_relaxed) || !fits(s, n))
    return false;
  s->chain[s->count] = n;
  s->holds[s->count++] = held;
  const struct rf_order_node *closes = holder(s->chain[0]->parent, n->lock);
  if (closes && (closes->exclusive || n->exclusive)) {
    s->holds[0] = closes;
    return true;
  }
  if (s->count < RF_ORDER_CYCLE_MAX && extend(s))
    return true;
  s->count--;
  return false;
}

static bool try_below(struct search *s, const struct rf_order_node *top, const struct rf_order_node *held) {
  for (const struct rf_order_node *n = top->child; n; n = n->sibling)
    if (++s->steps > SEARCH_STEPS || try_node(s, n, held) || try_below(s, n, held))
      return s->steps <= SEARCH_STEPS;
  return false;
}

static bool extend(struct search *s) {
  const struct rf_order_node *last = s->chain[s->count - 1];
  for (const struct rf_order_node *held = last->lock->first; held; held = held->same)
    if ((held->exclusive || last->exclusive) && try_below(s, held, held))
      return true;
  return false;
}

static bool find_cycle(const struct rf_order_node *n, struct rf_order_cycle *cycle) {
  struct search s = {.chain = {n}, .count = 1};
  if (!extend(&s))
    return false;
  cycle->count = s.count;
  for (uint32_t i = 0; i < s.count; i++)
    cycle->edge[i] = (struct rf_order_edge){s.chain[i]->lock->addr,  s.holds[i]->lock->addr,
                                            s.chain[i]->lock->kind,  s.holds[i]->lock->kind,
                                            s.chain[i]->where,       s.holds[i]->where};
  return true;
}

// ---- Taking ----

// Notes the dependency; true if it is a new one, which may close a cycle.
static bool note(const struct rf_thread *t, struct rf_order_node *n, bool may_wait, rf_place at) {
  const uint32_t now = atomic_load_explicit(&phase, memory_order_relaxed);
  const uint32_t me = t->self->number;
  if (!n->where)
    n->where = at;
  if (!may_wait)
    return false;
  if (n->phase != now || !n->waits) {
    n->phase = now;
    n->thread = me;
    n->several = false;
    n->waits = true;
    n->where = at;
    return true;
  }
  if (n->thread == me || n->several)
    return false;
  n->several = true;
  return true;
}

// The node of all locks that t holds, NULL if there is no room.
static struct rf_order_node *node_of_held(struct rf_thread *t) {
  const uint32_t now = atomic_load_explicit(&version, memory_order_relaxed);
  if (t->order_version != now)
    t->order_valid = 0;
  t->order_version = now;
  struct rf_order_node *n = t->order_valid ? t->held[t->order_valid - 1].node : &root;
  for (; n && t->order_valid < t->held_count; t->order_valid++) {
    struct rf_held *h = &t->held[t->order_valid];
    n = node_get(n, lock_get(h->lock, h->kind), h->exclusive);
    if (n && !n->where)
      n->where = h->where;
    h->node = n;
  }
  return n;
}

bool rf_order_take(struct rf_thread *t, uintptr_t lock, const char *kind, bool exclusive, bool may_wait,
                   struct rf_order_cycle *cycle) {
  struct rf_order_known *k = &t->order_known[(lock >> 4 ^ t->held_count) % RF_ORDER_KNOWN];
  if (t->order_valid == t->held_count && t->order_version == atomic_load_explicit(&version, memory_order_relaxed) &&
      k->version == t->order_version && k->lock == lock && k->exclusive == exclusive && k->may_wait >= may_wait &&
      k->phase == atomic_load_explicit(&phase, memory_order_relaxed) &&
      k->under == t->held[t->held_count - 1].node)
    return false;
  bool found = false;
  const rf_place at = rf_thread_where(t, NULL);
  rf_lock_enter(&guard);
  struct rf_order_node *under = node_of_held(t);
  struct rf_order_node *n = under ? node_get(under, lock_get(lock, kind), exclusive) : NULL;
  if (n) {
    found = note(t, n, may_wait, at) && find_cycle(n, cycle);
    *k = (struct rf_order_known){under, lock, t->order_version, n->phase, exclusive, may_wait};
  }
  rf_lock_leave(&guard);
  if (!n) {
    static _Atomic uint32_t told;
    if (!atomic_exchange_explicit(&told, 1, memory_order_relaxed))
      rf_host->degraded("too many combinations of locks: the order of further ones is not checked");
  }
  return found;
}

// ---- Forgetting ----

static void merge(struct rf_order_node *n, struct rf_order_node *parent);

static void node_unlink(struct rf_order_node *n) {
  struct rf_order_node **at = &n->parent->child;
  while (*at != n)
    at = &(*at)->sibling;
  *at = n->sibling;
  for (at = node_bucket(n->parent, n->lock); *at != n;)
    at = &(*at)->next;
  *at = n->next;
}

static void node_drop(struct rf_order_node *n) {
  struct rf_order_node **at = &n->lock->first;
  while (*at != n)
    at = &(*at)->same;
  *at = n->same;
  *n = (struct rf_order_node){.next = idle_nodes};
  idle_nodes = n;
}

static void merge_children(struct rf_order_node *from, struct rf_order_node *to) {
  while (from->child) {
    struct rf_order_node *kid = from->child;
    node_unlink(kid);
    merge(kid, to);
  }
}

// Puts n, linked nowhere, below parent, where there may be a node like it already.
static void merge(struct rf_order_node *n, struct rf_order_node *parent) {
  struct rf_order_node *like = node_find(parent, n->lock, n->exclusive);
  if (!like) {
    struct rf_order_node *kids = n->child;
    n->child = NULL;
    node_link(n, parent);
    n->child = kids; // they are linked to n as before
    return;
  }
  merge_children(n, like);
  if (n->waits && n->phase == like->phase && like->waits)
    like->several |= n->several || n->thread != like->thread;
  else if (n->waits && n->phase >= like->phase)
    like->phase = n->phase, like->thread = n->thread, like->several = n->several, like->waits = true;
  node_drop(n);
}

static void lock_drop(struct lock **at) {
  struct lock *l = *at;
  while (l->first) {
    struct rf_order_node *n = l->first;
    struct rf_order_node *parent = n->parent;
    node_unlink(n);
    merge_children(n, parent); // the others stay in the order in which they were taken
    node_drop(n);
  }
  *at = l->next;
  --*page_count(l->addr);
  rf_mem_free(l, sizeof *l);
  atomic_fetch_add_explicit(&version, 1, memory_order_relaxed);
}

static void forget_bucket(struct lock **at, uintptr_t addr, size_t size) {
  while (*at) {
    if ((*at)->addr - addr < size)
      lock_drop(at);
    else
      at = &(*at)->next;
  }
}

void rf_order_forget(uintptr_t addr, size_t size) {
  const uintptr_t first = addr >> 12, last = (addr + size - 1) >> 12;
  bool any = last - first >= TABLE;
  // Read without the lock: a lock in this very memory was entered by who used it, before it was given up.
  for (uintptr_t page = first; !any && page <= last; page++)
    any = __atomic_load_n(page_count(page << 12), __ATOMIC_RELAXED) != 0;
  if (!any)
    return;
  rf_lock_enter(&guard);
  if (size <= 1024) // no lock is smaller than an aligned int
    for (uintptr_t a = (addr + 3) & ~(uintptr_t)3; a < addr + size; a += 4)
      forget_bucket(&locks[hash(a, 1)], a, 1);
  else
    for (uint32_t i = 0; i < TABLE; i++)
      forget_bucket(&locks[i], addr, size);
  rf_lock_leave(&guard);
}
