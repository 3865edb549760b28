// redflag audit: what of a file's code is checked, and what synchronises by hand.
#ifndef RF_AUDIT_H
#define RF_AUDIT_H

#include "functions.h"
#include "image.h"
#include "insn.h"
#include "sites.h"

enum verdict {
  VERDICT_CHECKED,   // calls checks
  VERDICT_PROVED,    // the pass went through it and found nothing to check
  VERDICT_PRIVATE,   // touches only its stack, thread-local memory and constants
  VERDICT_UNCHECKED, // touches memory without checks
  VERDICT_UNKNOWN,   // touches memory, and nothing tells whether the compiler looked at it
  VERDICT_OWN,       // the detector's, the compiler's, the linker's
  VERDICTS
};

struct audit_function {
  uint64_t address, size;
  const char *name; // NULL: not known
  uint32_t instructions;
  uint32_t loads, stores;     // of memory that others may have: neither stack nor thread-local nor constant
  uint32_t checks;            // calls of checks in its code
  uint32_t first_site, sites; // distinct ones, in the module's list
  uint32_t first_sync, syncs;
  uint8_t verdict;
  bool covered;     // listed by the pass
  bool traced;      // refers to sites, or calls what checked code calls
  bool asm_memory;  // what synchronises by hand touches memory that others may have
  bool by_tsan;     // built with -fsanitize=thread
  bool between;     // code of no known function
  bool intercepted; // the runtime knows what it does by its name
};

struct audit_sync {
  uint64_t address;
  uint32_t function;
  uint8_t kind;  // enum sync
  bool is_futex; // SYNC_SYSCALL with that number; else the number is not known
  char text[24]; // mnemonic
};

struct audit_module {
  struct image image;
  const char *path;   // of the file
  const char *member; // of an archive, NULL: none
  struct audit_function *functions;
  uint32_t function_count;
  struct audit_sync *syncs;
  uint32_t sync_count;
  uint64_t *sites; // addresses
  uint32_t site_count;
  uint32_t count[VERDICTS];
  uint64_t code_bytes, undecoded; // bytes
  uint32_t units;                 // translation units with checks
  bool has_redflag, has_tsan;
  bool modelled; // all its calls are known by name
};

struct audit_visitor {
  void (*module)(const struct audit_module *m, void *arg);
  void (*mistake)(const char *path, const char *member, const char *what, void *arg);
  void *arg;
};

// Audits a file, of an archive each member in turn. What it holds is valid during the visit. False: something
// was wrong, which was told.
bool audit_file(const char *path, const struct audit_visitor *v);
// The same of bytes, which are changed.
bool audit_bytes(struct bytes file, const char *path, const struct audit_visitor *v);

// ---- One instruction after the other, for those who show code ----

enum mark { MARK_NONE, MARK_PRIVATE, MARK_MEMORY, MARK_CHECK, MARK_SYNC };

struct audit_step {
  const struct insn *insn;
  enum mark mark;
  uint64_t site;      // that it refers to, 0: none
  const char *callee; // NULL: none, or not known
  bool is_futex;
};

void audit_steps(const struct audit_module *m, const struct audit_function *f,
                 void (*visit)(const struct audit_step *s, void *arg), void *arg);

const char *verdict_name(unsigned verdict);
// What a hand-made synchronisation is called.
const char *sync_name(const struct audit_sync *s);
// Functions that were to be checked; and of these, those that are.
uint32_t audit_judged(const struct audit_module *m);
uint32_t audit_good(const struct audit_module *m);

#endif
