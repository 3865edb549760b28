// Stacks are cut out of slabs. A guard page costs nothing where the kernel can mark single pages (Linux 6.13,
// MADV_GUARD_INSTALL). Elsewhere it is a mapping of its own, and a process may have vm.max_map_count of those: once
// guards would use up half of them, stacks are made without, and a few words at their lower end are looked at whenever
// their goroutine is switched away from.
// Invariant: a stack in the cache is nobody's; the last used is the first taken, so those at the end are cold.
#include "go_stack.h"

#include "go_fatal.h"
#include "go_fork.h"
#include "go_guard.h"
#include "go_mem.h"
#include "go_os.h"
#include "go_sanitizer.h"
#include "go_edges.h"

#define DEFAULT_STACK ((size_t)256 << 10)
#define MIN_STACK ((size_t)16 << 10)
#define MAX_STACK ((size_t)1 << 30) // as Go's
#define SLAB_STACKS 64
#define KEEP_WARM 64
#define CANARY UINT64_C(0x6b6361747320796d)
#define CANARY_WORDS 4

static uint32_t guard;
static struct go_stack *idle;    // guarded by guard
static uint32_t idle_count;      // guarded by guard
static uint32_t emptied_count;   // guarded by guard: of those
static uint32_t warm_least;      // guarded by guard: the fewest idle ones since the last trim
static char *fresh, *fresh_end;  // guarded by guard: of the present slab
static uint64_t guards_left = 1; // guarded by guard: 1 before it is known

static size_t parse_bytes(const char *s) {
  size_t n = 0;
  for (; *s >= '0' && *s <= '9' && n <= MAX_STACK; s++)
    n = n * 10 + (size_t)(*s - '0');
  if (*s == 'k' || *s == 'K')
    n <<= 10;
  if (*s == 'm' || *s == 'M')
    n <<= 20;
  return n;
}

size_t rf_go_stack_bytes(void) {
  static size_t bytes;
  size_t have = __atomic_load_n(&bytes, __ATOMIC_RELAXED);
  if (have)
    return have;
  const char *env = rf_go_os_env("GO_STACK");
  have = env ? parse_bytes(env) : DEFAULT_STACK;
  have = have < MIN_STACK ? MIN_STACK : have > MAX_STACK ? MAX_STACK : have;
  have = (have + GO_GUARD_PAGE - 1) & ~(GO_GUARD_PAGE - 1);
  __atomic_store_n(&bytes, have, __ATOMIC_RELAXED);
  return have;
}

// A slot of a slab: a guard page, the stack, and what the detector wants above it. What of that does not fill a page
// shares the stack's last one.
static size_t slot_bytes(void) {
  size_t bytes = rf_go_stack_bytes();
  return GO_GUARD_PAGE + bytes + (__rf_routine_room(bytes) & ~(GO_GUARD_PAGE - 1));
}

static char *slot_end(const struct go_stack *s) { return s->low - GO_GUARD_PAGE + slot_bytes(); }

// The start of the stack is left out by a bit for each of some in turn, or the frames of all goroutines would fall into
// the same few lines of a processor's cache. Guard held.
static size_t colour(void) {
  static uint32_t turn;
  return (turn++ % 8) * 64;
}

// ---- Guards ----

enum guard_kind { GUARD_UNKNOWN, GUARD_MARKED, GUARD_MAPPED, GUARD_NONE };

static void say_unguarded(void) {
  struct go_text t;
  t.len = 0;
  rf_go_text_str(
      &t, "redflag-go: too many stacks for a guard page each (vm.max_map_count): from here on an overflow "
          "is noticed late\n");
  rf_go_text_flush(&t);
}

static void set_canary(char *low) {
  for (int i = 0; i < CANARY_WORDS; i++)
    ((uint64_t *)low)[i] = CANARY;
}

// One mapping that is protected in its middle becomes three, so each guard adds two.
static uint64_t mappings_for_guards(void) {
  uint64_t most = rf_go_os_read_number("/proc/sys/vm/max_map_count");
  return (most ? most : 65530) / 4;
}

// GO_GUARD: `marked`, `mapped` or `none`; what the kernel cannot do is the next best.
static enum guard_kind first_kind(void) {
  const char *env = rf_go_os_env("GO_GUARD");
  guards_left = mappings_for_guards();
  if (env && env[0] == 'n')
    return GUARD_NONE;
  return env && env[0] == 'm' && env[1] == 'a' && env[2] == 'p' ? GUARD_MAPPED : GUARD_MARKED;
}

// The page below low becomes one that faults. Guard held.
static bool make_guard(char *low) {
  static enum guard_kind kind;
  char *page = low - GO_GUARD_PAGE;
  if (kind == GUARD_UNKNOWN)
    kind = first_kind();
  if (kind == GUARD_MARKED && rf_go_os_mark_guard(page, GO_GUARD_PAGE))
    return true;
  if (kind == GUARD_MARKED)
    kind = GUARD_MAPPED;
  if (kind == GUARD_MAPPED && guards_left && rf_go_os_protect(page, GO_GUARD_PAGE)) {
    guards_left--;
    return true;
  }
  if (kind == GUARD_MAPPED)
    say_unguarded();
  kind = GUARD_NONE;
  return false;
}

bool rf_go_stack_intact(const struct go_stack *s) {
  if (s->guarded)
    return true;
  for (int i = 0; i < CANARY_WORDS; i++)
    if (((const uint64_t *)s->low)[i] != CANARY)
      return false;
  return true;
}

// ---- The cache ----

// Fewer at once where there is not room for so many, be it by a limit of the process. False: not for one.
static bool map_slab(size_t bytes) {
  size_t n = SLAB_STACKS;
  while (!(fresh = rf_go_os_map_stacks(n * bytes)) && n > 1)
    n /= 2;
  fresh_end = fresh + (fresh ? n * bytes : 0);
  return fresh;
}

static struct go_stack *carve(void) {
  size_t bytes = slot_bytes();
  if (fresh == fresh_end && !map_slab(bytes))
    return NULL;
  struct go_stack *s = rf_go_mem_alloc(sizeof *s);
  char *high = fresh + bytes - __rf_routine_room(rf_go_stack_bytes()) - colour();
  *s = (struct go_stack){NULL, NULL, fresh + GO_GUARD_PAGE, high, false, true, true};
  fresh += bytes;
  s->guarded = make_guard(s->low);
  if (rf_go_sanitized)
    rf_go_sanitizer_memory(s->low, (size_t)(s->high - s->low));
  return s;
}

// NULL: there is no memory for another. Guard held.
static struct go_stack *take_one(void) {
  struct go_stack *s = idle;
  if (!s)
    return carve();
  idle = s->next;
  idle_count--;
  emptied_count -= s->emptied;
  if (idle_count < warm_least)
    warm_least = idle_count;
  return s;
}

// Some that the thread keeps, so that most need no lock.
#define OWN_MOST 64
#define OWN_BATCH 32
static _Thread_local struct {
  struct go_stack *first;
  uint32_t count;
} mine __attribute__((tls_model("initial-exec")));

// The thread has none left. In their order, so that reports list goroutines as they were started.
static void refill(uint32_t n) {
  struct go_stack **last = &mine.first;
  rf_go_guard_lock(&guard);
  for (; mine.count < n && (*last = take_one()); mine.count++)
    last = &(*last)->next;
  *last = NULL;
  rf_go_guard_unlock(&guard);
  if (!mine.count)
    rf_go_fatal("runtime: out of memory");
}

static void drain_to(uint32_t left) {
  rf_go_guard_lock(&guard);
  while (mine.count > left) {
    struct go_stack *s = mine.first;
    mine.first = s->next;
    mine.count--;
    s->next = idle;
    idle = s;
    idle_count++;
  }
  rf_go_guard_unlock(&guard);
}

// What the next start will write: another processor may have had it last.
static void fetch_ahead(const struct go_stack *s) {
  if (!s)
    return;
  __builtin_prefetch(s->next);
  __builtin_prefetch(s->g, 1);
  __builtin_prefetch((const char *)s->g + 64, 1);
  __builtin_prefetch(s->high - 64, 1);
}

struct go_stack *rf_go_stack_take(bool own) {
  if (!mine.count)
    refill(own ? OWN_BATCH : 1);
  struct go_stack *s = mine.first;
  mine.first = s->next; // NOLINT(clang-analyzer-core.NullDereference): refill() ends the program if there is none
  mine.count--;
  fetch_ahead(mine.first);
  if (s->emptied) {
    if (!s->guarded)
      set_canary(s->low);
    s->emptied = false;
  }
  return s;
}

void rf_go_stack_give(struct go_stack *s) {
  if (s->fresh)
    s->fresh = false;
  s->next = mine.first;
  mine.first = s;
  if (++mine.count > OWN_MOST)
    drain_to(OWN_MOST - OWN_BATCH);
}

void rf_go_stack_flush(void) { drain_to(0); }

// Takes the cold end of the cache out of it. Guard held.
static struct go_stack *take_cold(uint32_t *count) {
  uint32_t cold = warm_least > KEEP_WARM ? warm_least - KEEP_WARM : 0;
  struct go_stack **at = &idle;
  for (uint32_t keep = idle_count - cold; keep; keep--)
    at = &(*at)->next;
  struct go_stack *list = *at;
  *at = NULL;
  idle_count -= cold;
  for (const struct go_stack *s = list; s; s = s->next)
    emptied_count -= s->emptied;
  *count = cold;
  return list;
}

static void put_back(struct go_stack *list, uint32_t count) {
  struct go_stack **at = &idle;
  while (*at)
    at = &(*at)->next;
  *at = list;
  idle_count += count;
}

// By address: one call gives back what lies side by side.
static struct go_stack *sorted(struct go_stack *list, uint32_t count) {
  if (count < 2)
    return list;
  struct go_stack *middle = list, *merged, **last = &merged;
  for (uint32_t i = 1; i < count / 2; i++)
    middle = middle->next;
  struct go_stack *a = middle->next;
  middle->next = NULL;
  a = sorted(a, count - count / 2);
  struct go_stack *b = sorted(list, count / 2);
  for (; a && b; last = &(*last)->next) {
    struct go_stack **lower = a->low < b->low ? &a : &b;
    *last = *lower;
    *lower = (*lower)->next;
  }
  *last = a ? a : b;
  return merged;
}

// Those from s on that lie side by side, with their guard pages between, which stay. Returns the last of them.
static struct go_stack *give_back_run(struct go_stack *s) {
  char *low = s->low;
  uint32_t count = 1;
  for (s->emptied = true;
       s->next && !s->next->emptied && s->next->low == slot_end(s) + GO_GUARD_PAGE && count < SLAB_STACKS; count++) {
    s = s->next;
    s->emptied = true;
  }
  rf_go_os_give_back(low, (size_t)(slot_end(s) - low));
  __rf_routine_cold(low, (size_t)(slot_end(s) - low));
  return s;
}

void rf_go_stack_trim(int64_t budget) {
  uint32_t count, emptied = 0;
  rf_go_guard_lock(&guard);
  struct go_stack *cold = take_cold(&count);
  rf_go_guard_unlock(&guard);
  int64_t until = rf_go_os_now() + budget;
  cold = sorted(cold, count);
  for (struct go_stack *s = cold; s && rf_go_os_now() < until; s = s->next)
    if (!s->emptied)
      s = give_back_run(s);
  for (const struct go_stack *s = cold; s; s = s->next)
    emptied += s->emptied;
  rf_go_guard_lock(&guard);
  put_back(cold, count);
  warm_least = idle_count;
  emptied_count += emptied;
  rf_go_guard_unlock(&guard);
}

bool rf_go_stack_any_warm(void) {
  rf_go_guard_lock(&guard);
  bool any = idle_count > emptied_count + KEEP_WARM;
  rf_go_guard_unlock(&guard);
  return any;
}

void rf_go_stack_after_fork(void) {
  if (guard == GUARD_FREE)
    return;
  idle = NULL; // somebody was changing it; what was on it is lost
  idle_count = emptied_count = warm_least = 0;
  fresh = fresh_end = NULL;
  guard = GUARD_FREE;
}
