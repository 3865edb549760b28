// The interface between compiled code and the runtime, written once: the pass reads it to know what to
// emit, the runtime to know what it is given. Invariant: every object linked into one program was built
// with the same RF_ABI_VERSION (the runtime refuses others at start-up).
#ifndef RF_ABI_H
#define RF_ABI_H

#include <stdint.h>

#define RF_ABI_VERSION 1

// ---- The shadow cell -------------------------------------------------------------------------------
// The shadow of 8 aligned bytes of the program (a granule) is 16 bytes: two 64-bit cells, newest first.
//
//   63                          31 30              10  9     8    7      0
//   [ epoch id, 33 bits           ][ context, 21     ][plain][write][ mask  ]
//
// mask   which of the granule's bytes were accessed
// write  1: the access wrote;  plain  1: the access was not atomic
// context  index into the calling-context tree of the epoch's segment: the stack of the access
// epoch  names one clock value of one logical thread
//
// The epoch fills bits 31..63 so that one sign-extended 32-bit immediate selects it together with any of
// the low bits, and leaves the context out: `test r64, simm32` is the whole comparison of an inline check.
#define RF_CELL_MASK_BITS 8
#define RF_CELL_WRITE (UINT64_C(1) << 8)
#define RF_CELL_PLAIN (UINT64_C(1) << 9)
#define RF_CELL_KIND (RF_CELL_WRITE | RF_CELL_PLAIN)
#define RF_CELL_CTX_SHIFT 10
#define RF_CELL_CTX_BITS 21
#define RF_CELL_CTX_FIELD (((UINT64_C(1) << RF_CELL_CTX_BITS) - 1) << RF_CELL_CTX_SHIFT)
#define RF_CELL_EPOCH_SHIFT 31
#define RF_CELL_EPOCH_BITS 33
#define RF_CELL_EPOCH_FIELD (~UINT64_C(0) << RF_CELL_EPOCH_SHIFT)

// What an inline check tests: (load(cell 0) ^ tls.cur) & RF_CHECK_IMM(kind, mask) == 0 means that this
// thread in this epoch has already recorded an access at least as strong on these bytes.
// kind: RF_CELL_PLAIN for a read, RF_CELL_PLAIN|RF_CELL_WRITE for a write; mask: size bits << (addr & 7).
#define RF_CHECK_IMM(kind, mask) (RF_CELL_EPOCH_FIELD | (uint64_t)(kind) | (uint64_t)(mask))

// ---- Sites -----------------------------------------------------------------------------------------
enum rf_site_kind {
  RF_SITE_READ = 1,
  RF_SITE_WRITE,
  RF_SITE_ATOMIC_READ,
  RF_SITE_ATOMIC_WRITE, // also read-modify-write
  RF_SITE_CALL,
  RF_SITE_GO,  // a go statement; expr is the name of the function it starts
  RF_SITE_VPTR,
  RF_SITE_LIB, // a struct rf_libsite of the runtime's own
  RF_SITE_FENCE,
  RF_SITE_PC, // an address of code, in a struct of the runtime's own
};

// The expression is read and written in one: `x++`, `x += y`, `x = x + y`.
#define RF_SITE_UPDATE 0x40u
// It is read by the condition of a loop that does nothing but wait.
#define RF_SITE_POLLED 0x80u

// One place in the source, emitted as private constant data. Strings are reached by the distance from
// the field that holds it (0: unknown), so that sites need no dynamic relocation.
struct rf_site {
  int32_t file;
  int32_t func;       // as the programmer wrote it: `next`, `queue<int>::push`
  int32_t expr;       // source text of the accessed expression, `*v`; of a call: the callee's name
  int32_t type;       // its type, `int`; of a call that allocates what the block is allocated as (rf_layout.h)
  int32_t inlined_at; // distance to the struct rf_site of the call into which this one was inlined
  uint32_t line;      // 0: unknown
  uint16_t col;       // 0: unknown
  uint8_t kind;       // enum rf_site_kind, of reads and writes with RF_SITE_UPDATE and RF_SITE_POLLED
  uint8_t size;       // bytes accessed, 0: variable or more than 255
};

// A site of the runtime's own, for the library function that made the access.
struct rf_libsite {
  struct rf_site site; // kind RF_SITE_LIB, all else 0
  const char *name;    // `memcpy`
};

#define RF_LIBSITE(func_name)                                                                                \
  {                                                                                                          \
    {0, 0, 0, 0, 0, 0, 0, RF_SITE_LIB, 0}, func_name                                                         \
  }

// A variable with a name: global, static, thread-local, or local of a function whose address escapes.
struct rf_var {
  int32_t name; // distances as in rf_site
  int32_t type;
  int32_t func; // function it is local to, 0: none
  int32_t file;
  uint32_t line;
  int32_t layout; // what a variable of several parts consists of (rf_layout.h), 0: one part, or not told
  uint64_t size;
};

struct rf_global {
  void *addr;
  const struct rf_var *var;
};

// One per translation unit, in section "redflag_module" (by whose presence the wrapper compiler and the
// audit know an object that carries checks), handed to __rf_module_init by a constructor of priority 0.
struct rf_module {
  uint32_t abi; // RF_ABI_VERSION
  uint32_t flags; // RF_MODULE_...
  const char *name; // source file
  const struct rf_global *globals;
  uint64_t global_count;
};

// It defines thread-local variables.
#define RF_MODULE_THREAD_LOCALS 1u

// Every function that the pass went through has an entry in a section of this name, for the audit: the distance from the
// entry to the function and the function's size, both of 4 bytes.
#define RF_COVERED_SECTION "redflag_covered"
// The runtime's code lies in sections of these names.
#define RF_RUNTIME_SECTION "redflag_runtime"
#define RF_INTERCEPT_SECTION "rf_intercept"

// ---- Thread state that compiled code touches --------------------------------------------------------
// The shadow call stack: one frame per active instrumented function. `site` is the call that the function
// is in; `ctx`/`seg` cache the context of the function's own invocation (0: not interned yet).
struct rf_frame {
  const struct rf_site *site;
  uint32_t ctx;
  uint32_t seg;
};

// Locals whose address escapes, pushed by their function's entry.
struct rf_local {
  void *addr;
  const struct rf_var *var;
};

// Compiled code reads cur, mask and base for each check and moves sp and lsp at function entry and exit.
// A granule's cell 0 lies at base + 2 * (addr & mask); mask clears the three low bits. While the program
// is serial, mask is 0 and base points at one cell that always matches.
struct rf_tls {
  uint64_t cur; // epoch << 31 | RF_CELL_KIND | 0xff
  uint64_t mask;
  uint64_t base;
  struct rf_frame *sp;  // next free frame
  struct rf_local *lsp; // next free local
};

#ifndef __cplusplus
extern _Thread_local struct rf_tls __rf_tls __attribute__((tls_model("initial-exec")));
#endif

#endif
