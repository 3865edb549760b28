// One race as plain data: what every format of report is rendered from. Strings are borrowed from sites,
// records and the host for as long as the report lock is held.
#ifndef RF_MODEL_H
#define RF_MODEL_H

#include "rf_layout.h"
#include "rf_shadow.h"

#define RF_MODEL_FRAMES 256
#define RF_MODEL_LOCKS 16
#define RF_MODEL_PATH 256
#define RF_MODEL_MEND 1024

struct rf_model_frame {
  const char *func, *file; // file "" and line 0: unknown
  uint32_t line, col;
};

struct rf_model_stack {
  uint32_t count; // frames held, innermost first
  uint32_t more;  // frames beyond RF_MODEL_FRAMES
  struct rf_model_frame frame[RF_MODEL_FRAMES];
};

struct rf_model_who {
  uint32_t number;
  enum rf_thread_kind kind;
  const char *name;
};

struct rf_model_lock {
  uintptr_t addr;
  const char *kind, *name; // name: of the variable, "" unknown
  bool exclusive;
  struct rf_model_frame taken; // where; line 0: unknown
};

struct rf_model_side {
  bool write, atomic;
  bool release_of_memory; // the access is free, munmap, ...
  bool update;            // `x++`, `x = x + y`: the expression is read and written in one
  bool polled;            // read by the condition of a loop that only waits
  uint32_t size;
  const char *expr, *type; // "" unknown
  const char *library;     // the library function that made the access, "" none
  struct rf_model_who who;
  struct rf_model_stack stack;
  bool locks_known;
  uint32_t lock_count;
  struct rf_model_lock lock[RF_MODEL_LOCKS];
  const char *sync_what; // last synchronisation before the access, "" unknown, "start" its own creation
  struct rf_model_frame sync_at;
  bool has_old, has_new;
  uint64_t old_value, new_value;
};

enum rf_memory_kind {
  RF_MEMORY_UNKNOWN,
  RF_MEMORY_GLOBAL,
  RF_MEMORY_LOCAL,
  RF_MEMORY_HEAP,
  RF_MEMORY_STACK,
  RF_MEMORY_RELEASED, // a heap block that is none any more
};

struct rf_model_memory {
  enum rf_memory_kind kind;
  uintptr_t addr;                 // that both accesses touch
  const char *name, *type, *func; // of a variable, "" unknown
  const char *layout;             // of a variable of several parts, or a heap block (rf_layout.h), "" unknown
  const char *file;
  uint32_t line;
  uint64_t size, offset; // of the variable or block, and of addr in it
  uint32_t owner;        // number of the logical thread whose stack it is, 0 unknown
  rf_place where;        // allocation of a heap block; 0 unknown
  rf_place released;     // where the earlier access released the memory; 0: it did not
  struct rf_model_stack stack; // at `where`
  struct rf_model_who by;
};

struct rf_model_birth {
  bool known;
  struct rf_model_who child, parent;
  struct rf_model_stack stack;
};

// How two threads came closest to an order of their accesses, the nearest first.
enum rf_miss_kind {
  RF_MISS_RELAXED_LOAD,    // the earlier thread's store released, and the later thread's load acquired nothing
  RF_MISS_RELAXED_STORE,   // it stored what the later thread loaded, and released nothing of its access by that
  RF_MISS_TOO_EARLY,       // it released after its access, and what the later thread acquired there was older
  RF_MISS_RELEASED_BEFORE, // it released before its access what the later thread acquires
  RF_MISS_NOT_ACQUIRED,    // it released after its access, and the later thread has never acquired there
  RF_MISS_NONE,
};

struct rf_model_op {
  const char *what; // the function; `store` or `load` of an atomic variable
  struct rf_model_frame at;
};

struct rf_model_miss {
  enum rf_miss_kind kind;
  const char *name;                  // of the object, "" unknown
  struct rf_model_op released, acquired; // by the earlier thread, and by the later one: no line if there is none
};

struct rf_model {
  struct rf_model_side now, before;
  struct rf_model_memory memory;
  struct rf_model_birth birth[2]; // of now's thread, of before's
  const char *kind; // "data race", "use after free"
  const char *object; // of the goroutine library, that the accesses are uses of: "channel"; "" none
  char path[RF_MODEL_PATH];   // of the part that the accesses touch, `table.slot[3].next`, of a heap block `->next` or
                              // `[3].next`; "" the memory is one part
  struct rf_layout_part part; // that lies there
  struct rf_layout_part block; // one of what a heap block is allocated as; no size: unknown
  struct rf_model_miss miss;
  char mend[RF_MODEL_MEND];
  uint32_t id;
};

// What the model needs to know of the program's memory; fills all but where's stack, given addr and
// released. May leave it unknown.
typedef void rf_describe_fn(uintptr_t addr, struct rf_model_memory *out);

// Frames of a site that is an address of code only, innermost first; returns how many of at most max it wrote.
// Set by the host; NULL: nothing is known of addresses.
typedef size_t rf_pc_frames_fn(const struct rf_site *site, struct rf_model_frame *out, size_t max);
extern rf_pc_frames_fn *rf_model_pc_frames;

void rf_model_build(struct rf_model *m, const struct rf_race *race, rf_describe_fn *describe);

// Text of a site's relative string, "" if it has none.
const char *rf_site_text(const int32_t *field);
// The two accesses' source lines, independent of order: reports of one pair of lines have one key.
uint64_t rf_race_key(const struct rf_race *race);

#endif
