// Random programs of events run on the detector core and on an oracle that keeps the whole happens-before
// graph: both must call the same bytes racy. A difference is shrunk and printed with the seed that repeats
// it. Usage: oracle_test [programs [first seed]].
#include "fake_host.h"
#include "rf_atomics.h"
#include "rf_ceiling.h"
#include "rf_collect.h"
#include "rf_owner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// Long accesses cross from one block of shadow into the next.
#define MEMORY (FAKE_MEMORY + FAKE_MEMORY_BYTES - 32)
enum { THREADS = 7, BYTES = 24, EVENTS = 160, SITES = 5, LOCKS = 2, OBJECTS = 3, ATOMS = 4 };

// ---- A program ----

enum op {
  READ, WRITE, ATOMIC_LOAD, ATOMIC_STORE, ATOMIC_RMW, FENCE,
  LOCK, UNLOCK, RELEASE_MERGE, RELEASE_STORE, ACQUIRE, FORK, END, JOIN, REUSE, COLLECT, READ_LOCK, READ_UNLOCK, OPS,
  OFFER = OPS, MEET, MET, ALL_OPS // of generate_meetings()
};

static const char *op_name[ALL_OPS] = {"read", "write", "atomic-load", "atomic-store", "atomic-rmw",
                                   "fence", "lock", "unlock", "release-merge", "release-store",
                                   "acquire", "fork", "end", "join", "reuse-memory", "collect", "read-lock",
                                       "read-unlock", "offer", "meet", "met"};

struct event {
  uint8_t op, thread, a, b, order, site;
};

struct program {
  unsigned count;
  struct event event[EVENTS];
};

static uint64_t seed_state;
static uint32_t rnd(uint32_t n) { // splitmix64
  uint64_t z = seed_state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return (uint32_t)((z ^ z >> 31) >> 16) % n;
}

// One thread enters the same critical section again and again, and now and then something comes between.
enum { SECTIONS_EVENTS = 12 };
static void generate_sections(struct program *p, unsigned at, uint32_t threads) {
  const bool read = rnd(2);
  const uint8_t thread = (uint8_t)rnd(threads), lock = (uint8_t)rnd(LOCKS), place = (uint8_t)rnd(8);
  const uint8_t enter = read ? READ_LOCK : LOCK, leave = read ? READ_UNLOCK : UNLOCK;
  const uint8_t inside = read && rnd(4) ? READ : rnd(2) ? WRITE : READ;
  for (unsigned i = 0; i < SECTIONS_EVENTS; i++) {
    const uint8_t kind = i % 4 == 0 ? enter : i % 4 == 1 ? inside : leave;
    p->event[at + i] = (struct event){kind, thread, lock, 1, 0, (uint8_t)rnd(SITES)};
    if (i % 4 == 1)
      p->event[at + i].a = place;
    if (i % 4 == 3) // between two sections
      p->event[at + i] = (struct event){(uint8_t)rnd(OPS), (uint8_t)rnd(threads), (uint8_t)rnd(8), (uint8_t)(1 + rnd(8)),
                                        (uint8_t)rnd(6), (uint8_t)rnd(SITES)};
  }
}

// Threads meet in pairs while the program's other events go on in between.
static void generate_meetings(struct program *p, uint32_t threads) {
  enum { STEPS = 7 };
  for (unsigned at = rnd(8); at + STEPS <= p->count; at += STEPS + rnd(16)) {
    const uint8_t first = (uint8_t)rnd(threads), second = (uint8_t)((first + 1 + rnd(threads - 1)) % threads);
    p->event[at] = (struct event){.op = OFFER, .thread = first};
    if (rnd(4) == 0) // in vain
      p->event[at + 2] = (struct event){.op = MET, .thread = first};
    p->event[at + 4] = (struct event){.op = MEET, .thread = second, .a = first};
    p->event[at + 6] = (struct event){.op = MET, .thread = first};
  }
}

static void generate(struct program *p, uint64_t seed) {
  seed_state = seed * UINT64_C(0x2545f4914f6cdd1d) + 1;
  // Each program leans towards some operations, so that rare patterns become frequent somewhere.
  uint32_t weight[OPS], sum = 0;
  for (unsigned i = 0; i < OPS; i++)
    sum += weight[i] = 1 + (rnd(3) == 0 ? rnd(20) : rnd(4));
  p->count = 10 + rnd(EVENTS - 10);
  const uint32_t threads = 2 + rnd(THREADS - 1);
  for (unsigned i = 0; i < p->count; i++) {
    if (rnd(16) == 0 && i + SECTIONS_EVENTS < p->count) {
      generate_sections(p, i, threads);
      i += SECTIONS_EVENTS - 1;
      continue;
    }
    uint32_t pick = rnd(sum), op = 0;
    while (pick >= weight[op])
      pick -= weight[op++];
    static const uint8_t sizes[] = {1, 2, 4, 8, 8, 16, 3, 11, 40, 47};
    p->event[i] = (struct event){(uint8_t)op, (uint8_t)rnd(threads), (uint8_t)rnd(BYTES), sizes[rnd(sizeof sizes)],
                                 (uint8_t)rnd(6), (uint8_t)rnd(SITES)};
  }
  if (seed % 4 == 0)
    generate_meetings(p, threads);
}

// ---- The oracle: nodes with the set of all their predecessors ----

struct node_set {
  uint64_t word[(EVENTS + 64 + 63) / 64];
};
static void set_add(struct node_set *s, unsigned i) { s->word[i / 64] |= UINT64_C(1) << i % 64; }
static bool set_has(const struct node_set *s, unsigned i) { return s->word[i / 64] >> i % 64 & 1; }
static void set_join(struct node_set *a, const struct node_set *b) {
  for (unsigned i = 0; i < sizeof a->word / 8; i++)
    a->word[i] |= b->word[i];
}

struct mark { // one access of one byte
  uint16_t node;
  uint8_t write, plain, site, thread_id;
};

struct store { // one modification of an atomic location
  int16_t node;
  uint8_t thread_id, rmw, release;
  int16_t fence; // release fence sequenced before it, -1: none
};

static struct graph {
  unsigned nodes;
  struct node_set before[EVENTS + 64];
  int last[THREADS];           // latest node of each thread
  uint8_t identity[THREADS];   // changes with each life of a thread
  int fence[THREADS];          // latest release fence
  struct node_set seen[THREADS]; // what relaxed loads saw: an acquire fence orders it
  struct mark mark[BYTES + 48][EVENTS];
  unsigned marks[BYTES + 48];
  struct store store[BYTES + 48][EVENTS];
  unsigned stores[BYTES + 48];
  struct node_set object[OBJECTS]; // what an acquire is ordered after
  struct node_set lock[LOCKS], readers[LOCKS];
  struct node_set meeting[THREADS]; // what is to be learned where each thread is met
  bool racy[BYTES + 48];
} g;

static unsigned node_begin(unsigned thread) {
  const unsigned n = g.nodes++;
  memset(&g.before[n], 0, sizeof g.before[n]);
  if (g.last[thread] >= 0) {
    set_join(&g.before[n], &g.before[g.last[thread]]);
    set_add(&g.before[n], (unsigned)g.last[thread]);
  }
  g.last[thread] = (int)n;
  return n;
}

static void edge(unsigned from, struct node_set *to) {
  set_join(to, &g.before[from]);
  set_add(to, from);
}

static void oracle_access(const struct event *e, unsigned node, unsigned at, unsigned size, bool write, bool plain) {
  for (unsigned b = at; b < at + size; b++) {
    for (unsigned i = 0; i < g.marks[b]; i++) {
      const struct mark *m = &g.mark[b][i];
      if ((m->write || write) && (m->plain || plain) && m->node != node && !set_has(&g.before[node], m->node))
        g.racy[b] = true;
    }
    g.mark[b][g.marks[b]++] = (struct mark){(uint16_t)node, write, plain, e->site, g.identity[e->thread]};
  }
}

static bool order_acquires(int o) { return o == 1 || o == 2 || o >= 4; }
static bool order_releases(int o) { return o >= 3; }

// Everything that synchronises with a read of the location's latest value (C11 5.1.2.4p11, 7.17.4p2-4).
static void synchronises(unsigned at, struct node_set *out) {
  const unsigned n = g.stores[at];
  for (unsigned i = n; i--;) {
    const struct store *head = &g.store[at][i];
    bool in_sequence = true; // is the latest store in the release sequence headed by i?
    for (unsigned k = i + 1; k < n; k++)
      in_sequence &= g.store[at][k].rmw || g.store[at][k].thread_id == head->thread_id;
    if (!in_sequence)
      continue;
    if (head->release)
      edge((unsigned)head->node, out);
    if (head->fence >= 0)
      edge((unsigned)head->fence, out);
  }
}

// ---- One run of both ----

static struct fake_carrier carrier[THREADS];
static struct rf_thread main_thread;
static struct rf_site sites[SITES];
static bool detector_racy[BYTES + 48], detector_misnamed[BYTES + 48];
static uint64_t lives, attempts;

static struct {
  bool alive[THREADS], ended[THREADS];
  struct rf_lthread *record[THREADS];
  uint32_t number[256]; // of each identity, as the detector counts threads
  int owner[LOCKS];
  uint32_t readers[LOCKS]; // threads, by bit
  enum { AWAY, WAITS, IS_MET } meets[THREADS];
  uint8_t next_identity;
} run;

static struct rf_thread *thread_of(unsigned i) { return i ? &carrier[i].thread : &main_thread; }

// Whether the earlier access that a report names, by thread, line and kind, touched the byte and is not ordered before
// the later one.
static bool was_made(const struct rf_race *r, unsigned byte) {
  const struct rf_epoch_owner owner = rf_epoch_lookup(rf_cell_epoch(r->before));
  const struct rf_site *site = NULL;
  unsigned now = 0;
  while (thread_of(now) != r->thread)
    now++;
  rf_ctx_unwind(owner.seg, rf_cell_ctx(r->before), &site, 1);
  for (unsigned i = 0; i < g.marks[byte]; i++) {
    const struct mark *m = &g.mark[byte][i];
    if (run.number[m->thread_id] == owner.thread->number && &sites[m->site] == site &&
        m->write == !!(r->before & RF_CELL_WRITE) && m->plain == !!(r->before & RF_CELL_PLAIN) &&
        (int)m->node != g.last[now] && !set_has(&g.before[g.last[now]], m->node))
      return true;
  }
  return false;
}

static void on_race(const struct rf_race *r) {
  const unsigned common = rf_cell_mask(r->now) & rf_cell_mask(r->before);
  const uintptr_t granule = r->addr & ~(uintptr_t)7;
  for (unsigned i = 0; i < 8; i++) {
    const unsigned byte = (unsigned)(granule + i - MEMORY);
    if (common >> i & 1) {
      detector_racy[byte] = true;
      detector_misnamed[byte] |= !was_made(r, byte);
    }
  }
}

static void do_atomic(const struct event *e, unsigned size) {
  struct rf_thread *t = thread_of(e->thread);
  const unsigned at = e->a % ATOMS * 8 % BYTES;
  const uintptr_t addr = MEMORY + at;
  const unsigned node = node_begin(e->thread);
  struct node_set *before = &g.before[node];
  if (e->op != ATOMIC_STORE)
    synchronises(at, order_acquires(e->order) ? before : &g.seen[e->thread]);
  oracle_access(e, node, at, size, e->op != ATOMIC_LOAD, false);
  if (e->op != ATOMIC_LOAD)
    g.store[at][g.stores[at]++] =
        (struct store){(int16_t)node, g.identity[e->thread], e->op == ATOMIC_RMW, order_releases(e->order),
                       (int16_t)g.fence[e->thread]};
  struct rf_attempt a;
  if (e->op == ATOMIC_LOAD && rf_atomic_load_begin(t, addr, e->order, &a)) {
    attempts += !a.learns;
    if (!rf_atomic_load_end(t, addr, size, e->order, &sites[e->site], &a))
      abort(); // nobody is there to disturb it
    return;
  }
  if (e->op != ATOMIC_LOAD && rf_atomic_change_begin(t, addr, e->order, &a)) {
    attempts++;
    rf_atomic_change_end(t, addr, size, e->op == ATOMIC_RMW, &sites[e->site], &a);
    return;
  }
  struct rf_line *line = rf_sync_enter(addr);
  if (e->op == ATOMIC_LOAD)
    rf_atomic_on_load(t, line, addr, size, e->order, &sites[e->site]);
  else if (e->op == ATOMIC_STORE)
    rf_atomic_on_store(t, line, addr, size, e->order, &sites[e->site]);
  else
    rf_atomic_on_rmw(t, line, addr, size, e->order, &sites[e->site]);
  rf_sync_leave(line);
}

// Compiled code accesses nothing outside a function.
static void enter_function(struct rf_thread *t) {
  t->frames[0] = (struct rf_frame){0};
  t->tls->sp = t->frames + 1;
}

static void do_fork(const struct event *e) {
  unsigned child = 1;
  while (child < THREADS && (run.alive[child] || run.ended[child]))
    child++;
  if (child == THREADS)
    return;
  const unsigned node = node_begin(e->thread);
  struct rf_birth *birth = rf_thread_fork(thread_of(e->thread), RF_THREAD_PTHREAD, "t", &sites[e->site]);
  run.record[child] = birth->child;
  rf_thread_begin(&carrier[child].thread, birth, &carrier[child].tls, carrier[child].frames);
  enter_function(&carrier[child].thread);
  run.alive[child] = true;
  g.last[child] = (int)node;
  g.identity[child] = ++run.next_identity;
  run.number[g.identity[child]] = run.record[child]->number;
  g.fence[child] = -1;
  memset(&g.seen[child], 0, sizeof g.seen[child]);
  lives++;
}

static void do_join(const struct event *e) {
  const unsigned child = 1 + e->a % (THREADS - 1);
  if (!run.ended[child] || e->thread == child)
    return;
  const unsigned node = node_begin(e->thread);
  rf_thread_join(thread_of(e->thread), run.record[child]);
  edge((unsigned)g.last[child], &g.before[node]);
  run.ended[child] = false;
}

// Every other lock has a word that names its object.
static uint64_t lock_word[LOCKS][2];
static bool has_word(unsigned lock) { return lock % 2; }
static uintptr_t lock_at(unsigned lock) { return has_word(lock) ? (uintptr_t)lock_word[lock] : 0x900000 + 16 * lock; }
static uintptr_t readers_of(unsigned lock) { return lock_at(lock) + 8; }

static void do_lock(unsigned thread, unsigned lock) {
  if (run.owner[lock] >= 0 || run.readers[lock])
    return;
  run.owner[lock] = (int)thread;
  const unsigned node = node_begin(thread);
  set_join(&g.before[node], &g.lock[lock]);
  set_join(&g.before[node], &g.readers[lock]);
  rf_held_add(thread_of(thread), lock_at(lock), "rwlock", true);
  rf_sync_acquire_at(thread_of(thread), readers_of(lock));
  if (has_word(lock))
    rf_sync_lock_word(thread_of(thread), lock_word[lock]);
  else
    rf_sync_lock_at(thread_of(thread), lock_at(lock));
}

static void do_unlock(unsigned thread, unsigned lock) {
  if (run.owner[lock] != (int)thread)
    return;
  run.owner[lock] = -1;
  edge(node_begin(thread), &g.lock[lock]);
  rf_held_remove(thread_of(thread), lock_at(lock));
  if (has_word(lock))
    rf_sync_unlock_word(thread_of(thread), lock_word[lock]);
  else
    rf_sync_unlock_at(thread_of(thread), lock_at(lock));
}

static void do_read_lock(unsigned thread, unsigned lock) {
  if (run.owner[lock] >= 0 || run.readers[lock] >> thread & 1)
    return;
  run.readers[lock] |= 1u << thread;
  set_join(&g.before[node_begin(thread)], &g.lock[lock]);
  rf_held_add(thread_of(thread), lock_at(lock), "rwlock", false);
  rf_sync_read_lock_at(thread_of(thread), lock_at(lock), readers_of(lock));
}

static void do_read_unlock(unsigned thread, unsigned lock) {
  if (!(run.readers[lock] >> thread & 1))
    return;
  run.readers[lock] &= ~(1u << thread);
  edge(node_begin(thread), &g.readers[lock]);
  rf_held_remove(thread_of(thread), lock_at(lock));
  rf_sync_read_unlock_at(thread_of(thread), readers_of(lock));
}

static uint64_t meeting_word[THREADS];

static void do_offer(unsigned thread) {
  memset(&g.meeting[thread], 0, sizeof g.meeting[thread]);
  edge(node_begin(thread), &g.meeting[thread]);
  rf_sync_offer(thread_of(thread), &meeting_word[thread]);
  run.meets[thread] = WAITS;
}

// Who does not wait is handed something all the same, as by a signal.
static void do_meet(unsigned thread, unsigned partner) {
  if (!run.alive[partner] || run.meets[partner] == IS_MET)
    return;
  const unsigned node = node_begin(thread);
  if (run.meets[partner] == WAITS) {
    set_join(&g.before[node], &g.meeting[partner]);
    rf_sync_meet(thread_of(thread), &meeting_word[partner]);
  } else {
    rf_sync_release_store_at(thread_of(thread), (uintptr_t)&meeting_word[partner]);
  }
  memset(&g.meeting[partner], 0, sizeof g.meeting[partner]);
  edge(node, &g.meeting[partner]);
  run.meets[partner] = IS_MET;
}

static void do_met(unsigned thread) {
  if (run.meets[thread] == IS_MET) {
    set_join(&g.before[node_begin(thread)], &g.meeting[thread]);
    rf_sync_met(thread_of(thread), &meeting_word[thread]);
  }
  run.meets[thread] = AWAY;
}

static void step(const struct event *e) {
  struct rf_thread *t = thread_of(e->thread);
  if (!run.alive[e->thread])
    return;
  const uintptr_t object = 0x910000 + 8u * (e->a % OBJECTS);
  switch ((enum op)e->op) {
  case READ:
  case WRITE: {
    const unsigned node = node_begin(e->thread);
    oracle_access(e, node, e->a, e->b, e->op == WRITE, true);
    const struct rf_access a = {.kind = RF_CELL_PLAIN | (e->op == WRITE ? RF_CELL_WRITE : 0), .site = &sites[e->site]};
    if (e->a % 8 + e->b <= 8 && e->order % 2)
      rf_access_small(t, MEMORY + e->a, e->b, &a);
    else
      rf_access(t, MEMORY + e->a, e->b, &a);
    break;
  }
  case ATOMIC_LOAD:
  case ATOMIC_STORE:
  case ATOMIC_RMW:
    do_atomic(e, e->b & 8 ? 8 : e->b & 4 ? 4 : 1);
    break;
  case FENCE: {
    const unsigned node = node_begin(e->thread);
    if (order_acquires(e->order))
      set_join(&g.before[node], &g.seen[e->thread]);
    if (order_releases(e->order))
      g.fence[e->thread] = (int)node;
    rf_atomic_on_fence(t, e->order);
    break;
  }
  case LOCK:
    do_lock(e->thread, e->a % LOCKS);
    break;
  case UNLOCK:
    do_unlock(e->thread, e->a % LOCKS);
    break;
  case READ_LOCK:
    do_read_lock(e->thread, e->a % LOCKS);
    break;
  case READ_UNLOCK:
    do_read_unlock(e->thread, e->a % LOCKS);
    break;
  case RELEASE_MERGE:
    edge(node_begin(e->thread), &g.object[e->a % OBJECTS]);
    rf_sync_release_merge_at(t, object);
    break;
  case RELEASE_STORE:
    memset(&g.object[e->a % OBJECTS], 0, sizeof g.object[0]);
    edge(node_begin(e->thread), &g.object[e->a % OBJECTS]);
    rf_sync_release_store_at(t, object);
    break;
  case ACQUIRE:
    set_join(&g.before[node_begin(e->thread)], &g.object[e->a % OBJECTS]);
    rf_sync_acquire_at(t, object);
    break;
  case FORK:
    do_fork(e);
    break;
  case END:
    if (e->thread == 0)
      break;
    // Who dies with a lock that is not robust keeps it for ever; a robust one is as good as unlocked.
    for (unsigned i = 0; i < LOCKS; i++) {
      do_unlock(e->thread, i);
      do_read_unlock(e->thread, i);
    }
    node_begin(e->thread);
    rf_thread_end(t, true);
    run.alive[e->thread] = false;
    run.ended[e->thread] = true;
    run.meets[e->thread] = AWAY;
    break;
  case JOIN:
    do_join(e);
    break;
  case REUSE: // free and a new block in its place: all that was before is forgotten
    for (unsigned b = e->a; b < e->a + e->b; b++) {
      g.marks[b] = 0;
      g.stores[b] = 0;
    }
    rf_shadow_clear(t, MEMORY + e->a, e->b);
    rf_sync_forget(MEMORY + e->a, e->b);
    break;
  case COLLECT:
    if (e->a & 1)
      rf_ceiling_drop_known();
    rf_collect();
    break;
  case OFFER:
    do_offer(e->thread);
    break;
  case MEET:
    do_meet(e->thread, e->a);
    break;
  case MET:
    do_met(e->thread);
    break;
  case ALL_OPS:
    break;
  }
}

// Leaves the core as if nothing had run: all threads joined, all memory new.
static void clean_up(void) {
  for (unsigned i = 1; i < THREADS; i++) {
    if (run.alive[i])
      rf_thread_end(&carrier[i].thread, true), run.ended[i] = true;
    if (run.ended[i])
      rf_thread_join(&main_thread, run.record[i]);
  }
  rf_shadow_clear(&main_thread, MEMORY, BYTES + 48);
  rf_sync_forget(MEMORY, BYTES + 48);
  // Nobody's again, so that each program goes from owned to shared at a moment of its own.
  rf_owner_table[0] = rf_owner_table[1] = RF_OWNER_NOBODY;
  rf_sync_forget(0x900000, 64);
  rf_sync_forget(0x910000, 64);
  rf_sync_forget((uintptr_t)meeting_word, sizeof meeting_word);
  memset(meeting_word, 0, sizeof meeting_word);
  rf_sync_forget((uintptr_t)lock_word, sizeof lock_word);
  memset(lock_word, 0, sizeof lock_word);
  main_thread.held_count = main_thread.order_valid = 0;
  main_thread.has_fence_release = main_thread.has_fence_acquire = false;
  rf_clock_clear(&main_thread.fence_release);
  rf_clock_clear(&main_thread.fence_acquire);
}

// True if detector and oracle agree on every byte, and every earlier access that was reported was made.
static bool agree(const struct program *p) {
  memset(&run, 0, sizeof run);
  memset(detector_racy, 0, sizeof detector_racy);
  memset(detector_misnamed, 0, sizeof detector_misnamed);
  run.number[0] = main_thread.self->number;
  g.nodes = 0;
  memset(g.marks, 0, sizeof g.marks);
  memset(g.stores, 0, sizeof g.stores);
  memset(g.racy, 0, sizeof g.racy);
  memset(g.object, 0, sizeof g.object);
  memset(g.lock, 0, sizeof g.lock);
  memset(g.readers, 0, sizeof g.readers);
  memset(g.seen, 0, sizeof g.seen);
  for (unsigned i = 0; i < THREADS; i++)
    g.last[i] = g.fence[i] = -1;
  for (unsigned i = 0; i < LOCKS; i++)
    run.owner[i] = -1;
  run.alive[0] = true;
  for (unsigned i = 0; i < p->count; i++)
    step(&p->event[i]);
  clean_up();
  return memcmp(g.racy, detector_racy, sizeof g.racy) == 0 &&
         !memchr(detector_misnamed, true, sizeof detector_misnamed);
}

static void shrink(struct program *p) {
  for (bool again = true; again;) {
    again = false;
    for (unsigned i = 0; i < p->count; i++) {
      struct program q = *p;
      memmove(&q.event[i], &q.event[i + 1], (q.count - i - 1) * sizeof q.event[0]);
      q.count--;
      if (agree(&q))
        continue;
      *p = q;
      again = true;
      break;
    }
  }
}

static void print(const struct program *p) {
  for (unsigned i = 0; i < p->count; i++) {
    const struct event *e = &p->event[i];
    printf("  T%u %-13s at %u size %u order %u site %u\n", e->thread, op_name[e->op], e->a, e->b, e->order,
           e->site);
  }
  agree(p);
  for (unsigned b = 0; b < BYTES + 48; b++)
    if (g.racy[b] != detector_racy[b])
      printf("  byte %u: oracle %s, detector %s\n", b, g.racy[b] ? "racy" : "ordered",
             detector_racy[b] ? "racy" : "ordered");
    else if (detector_misnamed[b])
      printf("  byte %u: the access that the report names was not made, or is ordered\n", b);
}

// Runs [first, first + n) in this process; prints at most one difference. Returns racy programs or -1.
// A chunk without a single load on the lock-free path or a single thread would prove nothing.
static long run_chunk(uint64_t first, uint64_t n) {
  long racy = 0;
  fake_host_start(&main_thread, on_race);
  enter_function(&main_thread);
  for (uint64_t seed = first; seed < first + n; seed++) {
    struct program p;
    generate(&p, seed);
    if (!agree(&p)) {
      printf("difference at seed %llu; shrunk:\n", (unsigned long long)seed);
      shrink(&p);
      print(&p);
      return -1;
    }
    for (unsigned b = 0; b < BYTES + 48; b++)
      if (g.racy[b]) {
        racy++;
        break;
      }
  }
  if (n >= 1000 && (!attempts || !lives)) {
    printf("nothing was tested: %llu attempts without a lock, %llu threads\n", (unsigned long long)attempts,
           (unsigned long long)lives);
    return -1;
  }
  return racy;
}

int main(int argc, char **argv) {
  const uint64_t programs = argc > 1 ? strtoull(argv[1], NULL, 0) : 20000;
  const uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
  const uint64_t chunk = 20000; // the core keeps a record per logical thread: a fresh process per chunk
  uint64_t racy = 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (uint64_t done = 0; done < programs; done += chunk) {
    const uint64_t n = programs - done < chunk ? programs - done : chunk;
    int fd[2];
    if (pipe(fd))
      return 2;
    const pid_t child = fork();
    if (child == 0) {
      const long r = run_chunk(first + done, n);
      if (write(fd[1], &r, sizeof r) != sizeof r)
        _exit(2);
      _exit(r < 0);
    }
    long r = -1;
    int status;
    close(fd[1]);
    if (read(fd[0], &r, sizeof r) != sizeof r)
      r = -1;
    close(fd[0]);
    waitpid(child, &status, 0);
    if (r < 0) {
      printf("oracle: FAILED in seeds %llu..%llu (status %d)\n", (unsigned long long)(first + done),
             (unsigned long long)(first + done + n - 1), status);
      return 1;
    }
    racy += (uint64_t)r;
  }
  printf("oracle: %llu programs from seed %llu, %llu racy, no difference\n", (unsigned long long)programs,
         (unsigned long long)first, (unsigned long long)racy);
  return 0;
}
