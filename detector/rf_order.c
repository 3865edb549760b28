#include "rf_order.h"

#include "rf_lock.h"
#include "rf_mem.h"

#define TABLE 4096u // buckets of locks and of nodes
#define SEARCH_STEPS 20000u
#define NODES_MAX (1u << 20)
#define THREADS 4u
#define DEAD_MAX 16384u

struct lock {
  struct lock *next; // in its bucket
  uintptr_t addr;
  struct rf_order_node *first; // all nodes that add this lock, through same
  const char *kind;
  bool dead;
};

struct rf_order_node {
  struct rf_order_node *parent, *child, *sibling;
  struct rf_order_node *same;
  struct rf_order_node *next; // in its bucket; or the next idle one
  struct lock *lock;          // NULL: the root, or idle
  rf_place where;             // the first time
  uint32_t phase;             // in which somebody last could have waited for the lock here
  uint32_t thread_count;      // how many did in that phase; 0: none ever. THREADS + 1: more than are listed
  uint32_t thread[THREADS];   // their numbers
  bool exclusive;
};

static struct rf_lock guard; // of all that follows
static struct lock *locks[TABLE];
static struct rf_order_node *nodes[TABLE];
static struct rf_order_node root;
static struct rf_order_node *idle_nodes;
static uint32_t node_count, dead_nodes;
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
  *l = (struct lock){*bucket, addr, NULL, kind, false};
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
  uint32_t count, limit, steps; // steps: how many are left
};

// Each dependency of the chain from i on can be another thread's, and none of the taken ones.
static bool distinct(const struct search *s, uint32_t i, uint32_t *taken) {
  if (i == s->count)
    return true;
  const struct rf_order_node *n = s->chain[i];
  taken[i] = 0;
  if (n->thread_count > THREADS) // one of the many is free
    return distinct(s, i + 1, taken);
  for (uint32_t k = 0; k < n->thread_count; k++) {
    bool is_free = true;
    for (uint32_t j = 0; j < i; j++)
      is_free &= taken[j] != n->thread[k];
    taken[i] = n->thread[k];
    if (is_free && distinct(s, i + 1, taken))
      return true;
  }
  return false;
}

// The node among n and its ancestors, the root excluded, that added lock.
static const struct rf_order_node *holder(const struct rf_order_node *n, const struct lock *lock) {
  while (n->lock && n->lock != lock)
    n = n->parent;
  return n->lock ? n : NULL;
}

static bool have_gate(struct search *s, const struct rf_order_node *a, const struct rf_order_node *b) {
  for (const struct rf_order_node *x = a->parent; x->lock; x = x->parent)
    for (const struct rf_order_node *y = b->parent; y->lock; y = y->parent) {
      if (s->steps)
        s->steps--;
      if (x->lock == y->lock && (x->exclusive || y->exclusive))
        return true;
    }
  return false;
}

// The last of the chain has no gate in common with any other.
static bool ungated(struct search *s) {
  for (uint32_t i = 0; i + 1 < s->count; i++)
    if (have_gate(s, s->chain[i], s->chain[s->count - 1]))
      return false;
  return true;
}

// The next node in preorder below top, NULL: that was all.
static const struct rf_order_node *next_below(const struct rf_order_node *n, const struct rf_order_node *top) {
  if (n->child)
    return n->child;
  while (n != top && !n->sibling)
    n = n->parent;
  return n == top ? NULL : n->sibling;
}

static bool extend(struct search *s);

// Tries n, which holds what the chain's last dependency wants, as the next one.
static bool try_node(struct search *s, const struct rf_order_node *n, const struct rf_order_node *held) {
  uint32_t taken[RF_ORDER_CYCLE_MAX];
  if (!n->thread_count || n->lock->dead || n->phase != atomic_load_explicit(&phase, memory_order_relaxed))
    return false;
  const struct rf_order_node *closes = holder(s->chain[0]->parent, n->lock);
  const bool closing = closes && (closes->exclusive || n->exclusive);
  if (!closing && s->count + 1 >= s->limit)
    return false;
  s->chain[s->count] = n;
  s->holds[s->count++] = held;
  if (distinct(s, 0, taken) && ungated(s)) {
    if (closing) {
      s->holds[0] = closes;
      return true;
    }
    if (extend(s))
      return true;
  }
  s->count--;
  return false;
}

static bool extend(struct search *s) {
  const struct rf_order_node *last = s->chain[s->count - 1];
  for (const struct rf_order_node *held = last->lock->first; held; held = held->same) {
    if (!held->exclusive && !last->exclusive)
      continue;
    for (const struct rf_order_node *n = next_below(held, held); n && s->steps; n = next_below(n, held)) {
      s->steps--;
      if (try_node(s, n, held))
        return true;
    }
  }
  return false;
}

static bool find_cycle(const struct rf_order_node *n, struct rf_order_cycle *cycle) {
  struct search s = {.chain = {n}, .count = 1, .limit = 2, .steps = SEARCH_STEPS};
  bool found = extend(&s);
  s.steps += SEARCH_STEPS;
  while (!found && s.steps && s.limit < RF_ORDER_CYCLE_MAX) { // short ones first: they are the ones that matter
    s.limit++;
    found = extend(&s);
  }
  if (!found)
    return false;
  cycle->count = s.count;
  for (uint32_t i = 0; i < s.count; i++)
    cycle->edge[i] = (struct rf_order_edge){s.chain[i]->lock->addr,  s.holds[i]->lock->addr,
                                            s.chain[i]->lock->kind,  s.holds[i]->lock->kind,
                                            s.chain[i]->where,       s.holds[i]->where};
  return true;
}

// ---- Taking ----

// True if it was not known.
static bool add_thread(struct rf_order_node *n, uint32_t thread) {
  if (n->thread_count > THREADS)
    return false;
  for (uint32_t i = 0; i < n->thread_count; i++)
    if (n->thread[i] == thread)
      return false;
  if (n->thread_count < THREADS)
    n->thread[n->thread_count] = thread;
  n->thread_count++;
  return true;
}

// Notes the dependency; true if it is a new one, which may close a cycle.
static bool note(const struct rf_thread *t, struct rf_order_node *n, bool may_wait, rf_place at) {
  const uint32_t now = atomic_load_explicit(&phase, memory_order_relaxed);
  const uint32_t me = t->self->number;
  if (!n->where)
    n->where = at;
  if (!may_wait)
    return false;
  if (n->phase != now || !n->thread_count) {
    n->phase = now;
    n->thread_count = 0;
    n->where = at;
  }
  return add_thread(n, me);
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
// A lock that is gone is never wanted again, but where it was held it was a gate, and stays one.

static void node_drop(struct rf_order_node *n) {
  struct rf_order_node **at = &n->parent->child;
  while (*at != n)
    at = &(*at)->sibling;
  *at = n->sibling;
  for (at = node_bucket(n->parent, n->lock); *at != n;)
    at = &(*at)->next;
  *at = n->next;
  for (at = &n->lock->first; *at != n;)
    at = &(*at)->same;
  *at = n->same;
  if (n->lock->dead)
    dead_nodes--;
  if (n->lock->dead && !n->lock->first)
    rf_mem_free(n->lock, sizeof *n->lock);
  *n = (struct rf_order_node){.next = idle_nodes};
  idle_nodes = n;
}

// Drops n, if nothing was taken under it, and then those above it that are gone and of no more use.
static void prune(struct rf_order_node *n) {
  while (n->lock && n->lock->dead && !n->child) {
    struct rf_order_node *parent = n->parent;
    node_drop(n);
    n = parent;
  }
}

static void drop_subtree(struct rf_order_node *top) {
  for (struct rf_order_node *n = top;;) {
    while (n->child)
      n = n->child;
    struct rf_order_node *parent = n->parent;
    const bool last = n == top;
    node_drop(n);
    if (last)
      return;
    n = parent;
  }
}

// Programs that make and destroy locks for days must not fill the memory with gates of long ago.
static void limit_dead(struct lock *l) {
  if (dead_nodes <= DEAD_MAX)
    return;
  for (uint32_t more = 1; more;) {
    struct rf_order_node *n = l->first;
    more = n->same != NULL;
    drop_subtree(n); // with the last node goes l
  }
}

static void lock_drop(struct lock **at) {
  struct lock *l = *at;
  *at = l->next;
  --*page_count(l->addr);
  l->dead = true;
  l->addr = 0;
  atomic_fetch_add_explicit(&version, 1, memory_order_relaxed);
  if (!l->first) {
    rf_mem_free(l, sizeof *l);
    return;
  }
  for (struct rf_order_node *n = l->first; n; n = n->same)
    dead_nodes++;
  for (struct rf_order_node *n = l->first, *next; n; n = next) {
    next = n->same;
    const bool last = !next && l->first == n && !n->child;
    prune(n);
    if (last)
      return; // l went with it
  }
  limit_dead(l);
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
