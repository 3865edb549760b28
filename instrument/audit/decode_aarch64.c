// AArch64, by the classes of its encoding (Arm ARM, C4.1): all instructions have four bytes, and loads, stores
// and what synchronises are told by a few bits, also those that are younger than the disassembler's tables.
#include "insn.h"

enum { ZERO_OR_STACK = 31 };

static uint64_t sign_extend(uint64_t v, unsigned bits) {
  return (uint64_t)((int64_t)(v << (64 - bits)) >> (64 - bits));
}

static void take_branch(uint32_t w, uint64_t address, struct insn *out) {
  if ((w & 0x7c000000) == 0x14000000) { // b, bl
    out->flow = w >> 31 ? FLOW_CALL : FLOW_JUMP;
    out->target = address + sign_extend(w & 0x3ffffff, 26) * 4;
    out->has_target = true;
  } else if ((w & 0xff000010) == 0x54000000 || (w & 0x7e000000) == 0x34000000) { // b.cond; cbz, cbnz
    out->flow = FLOW_BRANCH;
    out->target = address + sign_extend(w >> 5 & 0x7ffff, 19) * 4;
    out->has_target = true;
  } else if ((w & 0x7e000000) == 0x36000000) { // tbz, tbnz
    out->flow = FLOW_BRANCH;
    out->target = address + sign_extend(w >> 5 & 0x3fff, 14) * 4;
    out->has_target = true;
  } else if ((w & 0xfe000000) == 0xd6000000) { // by register
    const unsigned operation = w >> 21 & 0xf;
    out->is_indirect = operation != 2;
    out->flow = operation == 0 || operation == 8   ? FLOW_JUMP
                : operation == 1 || operation == 9 ? FLOW_CALL
                                                   : FLOW_END;
  } else if ((w & 0xffe0001f) == 0xd4000001) // svc
    out->sync = SYNC_SYSCALL;
  else if ((w & 0xffe0001f) == 0xd4200000) // brk
    out->flow = FLOW_END;
  else if ((w & 0xfffff0df) == 0xd503309f) // dsb, dmb
    out->sync = SYNC_FENCE;
  if (out->flow == FLOW_CALL)
    out->clobbers |= 1u << 30;
}

static void take_exclusive(uint32_t w, struct insn *out) {
  const bool o2 = w >> 23 & 1, o1 = w >> 21 & 1, load = w >> 22 & 1, pair_or_32 = w >> 31 & 1;
  const bool compares = o1 && (o2 || !pair_or_32); // cas; casp
  out->sync = compares ? SYNC_ATOMIC : o2 ? SYNC_ORDERED : SYNC_EXCLUSIVE;
  out->loads = compares || load;
  out->stores = compares || !load;
  out->clobbers = load || compares ? 1u << (w & 31) | 1u << (w >> 10 & 31) : 0;
  out->clobbers |= 1u << (w >> 16 & 31); // status, or what was there
}

// Which of the registers before the base get something.
static uint32_t loaded(uint32_t w, bool pair) {
  return w >> 26 & 1 ? 0 : 1u << (w & 31) | (pair ? 1u << (w >> 10 & 31) : 0);
}

static void take_memory(uint32_t w, uint64_t address, struct insn *out) {
  const unsigned base = w >> 5 & 31, size = w >> 30;
  const bool vector = w >> 26 & 1;
  out->has_memory = true;
  out->memory = (struct operand){.base = (uint8_t)base, .index = REGISTER_NONE};
  if ((w & 0x3b000000) == 0x18000000) { // by distance
    out->memory = (struct operand){.base = REGISTER_NONE,
                                   .index = REGISTER_NONE,
                                   .is_fixed = true,
                                   .value = address + sign_extend(w >> 5 & 0x7ffff, 19) * 4};
    out->loads = size != 3 || vector; // else a prefetch
    out->clobbers = loaded(w, false);
    return;
  }
  if ((w & 0x3f000000) == 0x08000000) {
    take_exclusive(w, out);
    return;
  }
  if ((w & 0x3b200c00) == 0x38200000 && !vector) { // LSE, and ldapr
    const bool ordered_load = (w & 0x3ffffc00) == 0x38bfc000;
    out->sync = ordered_load ? SYNC_ORDERED : SYNC_ATOMIC;
    out->loads = 1;
    out->stores = !ordered_load;
    out->clobbers = 1u << (w & 31);
    return;
  }
  const bool pair = (w & 0x3a000000) == 0x28000000;
  const unsigned operation = w >> 22 & 3;
  const bool load = pair ? w >> 22 & 1 : vector ? operation & 1 : operation != 0;
  const bool prefetch = !pair && !vector && size == 3 && operation == 2;
  if ((w & 0x3b200c00) == 0x38200800) // by register
    out->memory.index = (uint8_t)(w >> 16 & 31);
  else if ((w & 0x3b000000) == 0x39000000)
    out->memory.value = (uint64_t)(w >> 10 & 0xfff) << (vector && w >> 23 & 1 ? 4 : size);
  // Before and after indexing change the base.
  if ((pair && (w >> 23 & 1)) || ((w & 0x3b200400) == 0x38000400))
    out->clobbers |= base == ZERO_OR_STACK ? 0 : 1u << base;
  out->loads = load && !prefetch;
  out->stores = !load;
  if (load && !prefetch)
    out->clobbers |= loaded(w, pair);
  out->restores = load && base == ZERO_OR_STACK;
}

static void take_value(uint32_t w, uint64_t address, struct insn *out) {
  const unsigned to = w & 31, from = w >> 5 & 31;
  out->clobbers = 1u << to;
  out->set_register = (uint8_t)to;
  if ((w & 0x1f000000) == 0x10000000) { // adr, adrp
    const uint64_t distance = sign_extend((w >> 5 & 0x7ffff) << 2 | (w >> 29 & 3), 21);
    out->set = SET_VALUE;
    out->value = w >> 31 ? (address & ~UINT64_C(0xfff)) + (distance << 12) : address + distance;
  } else if ((w & 0xff800000) ==
             0x91000000) { // add, 64 bits, with a constant; also what copies the stack's register
    out->set = SET_COPY;
    out->from = (uint8_t)from;
    out->value = (uint64_t)(w >> 10 & 0xfff) << (w >> 22 & 1 ? 12 : 0);
  } else if ((w & 0xff800000) == 0xd1000000) { // sub
    out->set = SET_COPY;
    out->from = (uint8_t)from;
    out->value = 0 - ((uint64_t)(w >> 10 & 0xfff) << (w >> 22 & 1 ? 12 : 0));
  } else if ((w & 0x7f800000) == 0x52800000) { // movz
    out->set = SET_VALUE;
    out->value = (uint64_t)(w >> 5 & 0xffff) << (w >> 21 & 3) * 16;
  } else if ((w & 0xffe0ffe0) == 0xaa0003e0 && (w >> 16 & 31) != ZERO_OR_STACK) { // mov between registers
    out->set = SET_COPY;
    out->from = (uint8_t)(w >> 16 & 31);
    out->value = 0;
  }
}

void decode_aarch64(struct bytes b, uint64_t address, struct insn *out) {
  uint32_t w;
  out->size = (uint8_t)(b.size < 4 ? b.size : 4);
  if (!bytes_get(b, 0, &w, sizeof w))
    return;
  out->decoded = w >> 16 != 0; // udf
  out->is_padding = w == 0xd503201f || !out->decoded;
  const unsigned class = w >> 25 & 15;
  if ((class & 14) == 10)
    take_branch(w, address, out);
  else if ((class & 5) == 4)
    take_memory(w, address, out);
  else if ((class & 14) == 8 || (class & 7) == 5)
    take_value(w, address, out);
  else if (!out->decoded)
    out->flow = FLOW_END;
}
