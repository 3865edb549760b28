// One instruction, as far as the audit wants to know it.
#ifndef RF_AUDIT_INSN_H
#define RF_AUDIT_INSN_H

#include "image.h"

enum flow { FLOW_ON, FLOW_CALL, FLOW_JUMP, FLOW_BRANCH, FLOW_END }; // END: return, trap, or a jump by register

// Synchronisation that is made by hand.
enum sync {
  SYNC_NONE,
  SYNC_LOCK,      // lock-prefixed
  SYNC_XCHG,      // with memory, which locks without a prefix
  SYNC_FENCE,     // mfence, sfence, lfence, dmb, dsb
  SYNC_EXCLUSIVE, // ldxr, stxr and their kin
  SYNC_ORDERED,   // ldar, stlr, ldapr
  SYNC_ATOMIC,    // LSE
  SYNC_SYSCALL,   // a system call; a futex if the number says so
};

enum { REGISTERS = 32, REGISTER_NONE = 0xff };

// Where the address of a memory operand comes from.
struct operand {
  uint8_t base, index; // registers, or REGISTER_NONE
  bool is_fixed;       // the address is `value`
  bool is_thread_local;
  uint64_t value; // address, or displacement
};

enum set { SET_NOTHING, SET_VALUE, SET_COPY }; // what an instruction puts into a register, if that can be told

struct insn {
  uint64_t address;
  uint8_t size;
  uint8_t flow, sync;
  uint8_t loads, stores; // 0 or 1 each
  bool has_memory;
  bool is_indirect; // by register or memory
  bool restores;    // what it loads into registers is what the stack kept of them
  bool is_padding;  // does nothing, and stands between functions for that
  bool decoded;     // false: no instruction that is known
  struct operand memory;
  uint64_t target; // of a direct call, jump or branch; of an indirect one by a fixed slot, the slot
  bool has_target, by_slot;
  uint8_t set, set_register, from; // SET_COPY: register `from` plus `value`
  uint64_t value;
  uint32_t clobbers; // registers that get something else
};

struct decoder;
// NULL: the library refuses. The decoder is for one thread.
struct decoder *decoder_open(enum arch arch);
void decoder_close(struct decoder *d);
// Decodes at address; b has at least one byte. Sets size in any case, so that one can go on.
void decode(struct decoder *d, struct bytes b, uint64_t address, struct insn *out);
// The text of an instruction, as a disassembler prints it.
void decode_text(struct decoder *d, struct bytes b, uint64_t address, char *out, size_t size);

extern const uint8_t stack_register[2], frame_register[2]; // by arch
extern const uint32_t call_clobbers[2];

void decode_aarch64(struct bytes b, uint64_t address, struct insn *out);

#endif
