// Where the shadow lies. The 47 bits of user space hold few stretches that matter: the low gigabytes (executables
// without PIE, and their heap), the executable with its heap behind it, the mappings, and main's stack at the top.
// Some high address bits are dropped, chosen at start-up so that the stretches of this very process keep distinct
// shadows; so no randomisation needs to be switched off.
// Invariant: every address has a readable shadow; only those in a window have one of their own.
#include "rf_host.h"
#include "rf_limit.h"
#include "rf_over.h"
#include "rf_runtime.h"
#include "rf_sys.h"
#include "rf_touched.h"
#include "rf_trace.h"

#include <fcntl.h>
#include <linux/mman.h>
#include <sys/mman.h>

#define ADDRESS_BITS 47
#define CHUNK_BITS 32 // windows are whole chunks, below every dropped bit
#define CHUNK (UINT64_C(1) << CHUNK_BITS)
#define GB(n) ((uint64_t)(n) << 30)
#define TB(n) ((uint64_t)(n) << 40)
#define NEAR GB(64) // what is certainly behind a place that is known: main's stack, the heap of a fixed executable

// A way to lay the shadow out: which bits are dropped, and the one or two pieces that must be reserved.
struct layout {
  uint64_t dropped;
  uint64_t base;
  uint64_t piece_bytes;
  uint64_t second_piece; // offset from base, 0: none
};

static const struct layout layouts[] = {
    // Below every position-independent executable (from 0x5555_0000_0000 up): 64 TB in one piece.
    {UINT64_C(3) << 45, UINT64_C(0x100000000000), TB(64), 0},
    // For the rare case that executable and mappings lie 32 TB apart, which the first cannot tell apart. The
    // executable is then below 96 TB and the mappings above, so bit 45 does; 43, 44 and 46 go.
    {UINT64_C(11) << 43, UINT64_C(0x005000000000), TB(16), TB(64)},
    // For mappings that lie where the first wants to be, and that the second cannot tell from the rest.
    {UINT64_C(7) << 44, UINT64_C(0x005000000000), TB(32), 0},
};

struct rf_map_window rf_map_window[RF_MAP_WINDOWS];
static unsigned windows;
static struct rf_shadow_map map;

// Whole chunks; what overlaps is one window.
static void add_window(uint64_t from, uint64_t to) {
  from &= ~(CHUNK - 1);
  to = (to + CHUNK - 1) & ~(CHUNK - 1);
  for (unsigned i = 0; i < windows; i++) {
    struct rf_map_window *w = &rf_map_window[i];
    if (from <= w->to && to >= w->from) {
      w->from = from < w->from ? from : w->from;
      w->to = to > w->to ? to : w->to;
      return;
    }
  }
  rf_map_window[windows++] = (struct rf_map_window){from, to};
}

// Every chunk of every window has a shadow of its own under this mask.
static bool distinct(uint64_t mask) {
  static uint8_t used[1u << (ADDRESS_BITS - CHUNK_BITS)];
  __builtin_memset(used, 0, sizeof used);
  for (unsigned i = 0; i < windows; i++)
    for (uint64_t at = rf_map_window[i].from; at < rf_map_window[i].to; at += CHUNK)
      if (used[(at & mask) >> CHUNK_BITS]++)
        return false;
  return true;
}

// ---- What /proc/self/maps says ----

static uint64_t hex(const char **p) {
  uint64_t v = 0;
  for (;; (*p)++) {
    const char c = **p;
    if (c >= '0' && c <= '9')
      v = v << 4 | (unsigned)(c - '0');
    else if (c >= 'a' && c <= 'f')
      v = v << 4 | (unsigned)(c - 'a' + 10);
    else
      return v;
  }
}

#define LOW_END TB(16) // no executable without PIE, and no heap of one, reaches this far
#define TOP ((UINT64_C(1) << ADDRESS_BITS) - 4096)

extern const char __executable_start[] __attribute__((visibility("hidden")));
extern size_t (*rf_real_strlen)(const char *);

// What this process has mapped. Known without /proc: places in the executable, in the C library and on the stack.
static struct {
  uint64_t executable, library, stack;
  uint64_t lowest;           // above LOW_END
  uint64_t highest;          // of all
  uint64_t highest_mappings; // of those below the stack
  bool any_low;              // something lies below LOW_END
} found;

static void see(uint64_t from, uint64_t to) {
  if (from >= UINT64_C(1) << ADDRESS_BITS)
    return; // vsyscall
  if (to > TOP)
    to = TOP;
  found.any_low |= from < LOW_END;
  if (from >= LOW_END && from < found.lowest)
    found.lowest = from;
  if (to > found.highest)
    found.highest = to;
  if (to > found.highest_mappings && to < found.stack)
    found.highest_mappings = to;
}

static void scan_maps(void) {
  static char buffer[4096];
  found.executable = (uint64_t)__executable_start;
  found.library = (uint64_t)rf_real_strlen;
  found.stack = (uint64_t)__builtin_frame_address(0);
  found.lowest = TOP;
  see(found.executable, found.executable + 4096);
  see(found.stack, TOP);
  const long fd = rf_sys_open("/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) {
    // The loader lies above the library, and not far; chance may have put both close below the stack.
    const uint64_t above = found.library + NEAR;
    see(found.library, above < found.stack || found.library > found.stack ? above : found.stack - 1);
    return;
  }
  char line[64];
  unsigned n = 0;
  bool head = true; // still in the part of the line that is wanted
  for (long got; (got = rf_sys_read((int)fd, buffer, sizeof buffer)) > 0;) {
    for (long i = 0; i < got; i++) {
      if (head && n + 1 < sizeof line)
        line[n++] = buffer[i];
      head = buffer[i] == '\n' ? true : head && buffer[i] != ' ';
      if (buffer[i] != '\n')
        continue;
      line[n] = 0;
      n = 0;
      const char *p = line;
      const uint64_t from = hex(&p);
      p += *p == '-';
      see(from, hex(&p));
    }
  }
  rf_sys_close((int)fd);
}

static bool reserve_piece(uint64_t at, uint64_t bytes) {
  const long p = rf_sys_mmap(at, bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1);
  if (p < 0)
    return false;
  if ((uint64_t)p != at) { // a kernel before 4.17 takes the address as a hint
    rf_sys_munmap((uintptr_t)p, bytes);
    return false;
  }
  rf_limit_mapping(bytes);
  rf_sys_madvise(at, bytes, MADV_DONTDUMP);
  rf_sys_madvise(at, bytes, MADV_NOHUGEPAGE);
  return true;
}

static bool reserve(const struct layout *l) {
  if (!reserve_piece(l->base, l->piece_bytes))
    return false;
  if (!l->second_piece || reserve_piece(l->base + l->second_piece, l->piece_bytes))
    return true;
  rf_sys_munmap(l->base, l->piece_bytes);
  rf_limit_unmapped(l->piece_bytes);
  return false;
}

// Mappings go downwards from below the stack, with up to 16 TB of random distance, or upwards from a third of the
// address space where the stack has no limit.
static void set_windows(bool bottom, uint64_t exe_bytes, uint64_t top_bytes) {
  const bool upwards = found.library < TB(80);
  windows = 0;
  for (unsigned i = 0; i < RF_MAP_WINDOWS; i++)
    rf_map_window[i] = (struct rf_map_window){0, 0};
  if (upwards)
    add_window(found.library - NEAR, found.library + top_bytes);
  else
    add_window(found.highest_mappings - top_bytes, found.highest_mappings);
  if (found.executable >= LOW_END)
    add_window(found.executable, found.executable + exe_bytes);
  add_window(found.stack - NEAR, found.highest);
  if (bottom)
    add_window(0, NEAR);
  if (!rf_map_covers(found.lowest, 1))
    add_window(found.lowest, found.lowest + exe_bytes);
}

struct rf_shadow_map rf_map_reserve(void) {
  // Beneath the mappings the detector itself takes some 30 GB of addresses before the program takes any.
  static const uint64_t exe_bytes[] = {TB(1), GB(256), GB(64), GB(64), GB(16), GB(4)};
  static const uint64_t top_bytes[] = {TB(6), TB(2), GB(512), GB(128), GB(96), GB(64)};
  bool any_distinct = false;
  scan_maps();
  for (unsigned i = 0; i < sizeof exe_bytes / sizeof *exe_bytes; i++) {
    for (unsigned k = 0; k < sizeof layouts / sizeof *layouts; k++) {
      // A position-independent program has nothing low unless it asks for it, and then the first layout fits.
      set_windows(found.any_low || k == 0, exe_bytes[i], top_bytes[i]);
      map.mask = ((UINT64_C(1) << ADDRESS_BITS) - 8) & ~layouts[k].dropped;
      map.base = layouts[k].base;
      if (!distinct(map.mask))
        continue;
      any_distinct = true;
      if (reserve(&layouts[k]))
        return map;
    }
  }
  if (!any_distinct) {
    rf_start_again();
    rf_refuse("no place for the shadow between the addresses that chance gave this process: start it again", "");
  }
  rf_refuse("cannot reserve address space for the shadow: lift `ulimit -v`, `ulimit -d` or vm.overcommit_memory=2", "");
}

// What the kernel refuses to take back, of memory that is locked or by a filter of the program's, is clear all the same.
static void give_back(uintptr_t addr, size_t size) {
  const uintptr_t page = RF_MAP_PAGE;
  const uintptr_t from = (addr + page - 1) & ~(page - 1), to = (addr + size) & ~(page - 1);
  if (from < to)
    rf_sys_madvise(map.base + 2 * (from & map.mask), 2 * (to - from), MADV_DONTNEED);
}

bool rf_map_touched(uintptr_t addr) { return rf_touched(addr & map.mask); }

static bool any_touched(uintptr_t addr, size_t size) {
  const uintptr_t block = (uintptr_t)1 << RF_OWNER_BLOCK_BITS;
  for (uintptr_t at = addr & ~(block - 1); at < addr + size; at += block)
    if (rf_touched_pages(at & map.mask))
      return true;
  return false;
}

void rf_map_clear(struct rf_thread *t, uintptr_t addr, size_t size) {
  if (rf_map_covers(addr, size))
    rf_shadow_clear(t, addr, size);
}

void rf_map_drop(struct rf_thread *t, uintptr_t addr, size_t size) {
  if (!rf_map_covers(addr, size))
    return;
  const bool any = any_touched(addr, size);
  rf_shadow_clear(t, addr, size);
  if (any)
    give_back(addr, size);
}

void rf_map_cold(uintptr_t addr, size_t size) {
  if (rf_map_covers(addr, size))
    give_back(addr, size);
}
