// x86-64, and text for both architectures, by capstone.
#include "insn.h"
#include "memory.h"

#include <capstone/capstone.h>
#include <stdio.h>
#include <stdlib.h>

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11 };

const uint8_t stack_register[2] = {RSP, 31}, frame_register[2] = {RBP, 29};
const uint32_t call_clobbers[2] = {
    1u << RAX | 1u << RCX | 1u << RDX | 1u << RSI | 1u << RDI | 1u << R8 | 1u << R9 | 1u << R10 | 1u << R11,
    0x4007ffff, // x0 to x18, x30
};

struct decoder {
  enum arch arch;
  csh handle;
  cs_insn *insn; // one for all
  uint8_t number[X86_REG_ENDING];
};

// Rows of the parts of a register, in the order of their numbers in the encoding.
static const x86_reg parts[16][5] = {
    {X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL, X86_REG_AH},
    {X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL, X86_REG_CH},
    {X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL, X86_REG_DH},
    {X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL, X86_REG_BH},
    {X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_SPL},
    {X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL},
    {X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL},
    {X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL},
    {X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B},
    {X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B},
    {X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B},
    {X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B},
    {X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B},
    {X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B},
    {X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B},
    {X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B},
};

struct decoder *decoder_open(enum arch arch) {
  struct decoder *d = audit_alloc(1, sizeof *d);
  d->arch = arch;
  if (cs_open(arch == ARCH_X86_64 ? CS_ARCH_X86 : CS_ARCH_ARM64, arch == ARCH_X86_64 ? CS_MODE_64 : CS_MODE_ARM,
              &d->handle) != CS_ERR_OK) {
    free(d);
    return NULL;
  }
  cs_option(d->handle, CS_OPT_DETAIL, arch == ARCH_X86_64 ? CS_OPT_ON : CS_OPT_OFF);
  d->insn = cs_malloc(d->handle);
  memset(d->number, REGISTER_NONE, sizeof d->number);
  for (uint8_t n = 0; n < 16; n++)
    for (unsigned p = 0; p < 5; p++)
      if (parts[n][p] != X86_REG_INVALID)
        d->number[parts[n][p]] = n;
  return d;
}

void decoder_close(struct decoder *d) {
  if (!d)
    return;
  cs_free(d->insn, 1);
  cs_close(&d->handle);
  free(d);
}

// ---- What the library does not know ----

// Bytes after the opcode: ModRM with what follows. 0: they are cut off.
static size_t modrm_size(struct bytes b, size_t at) {
  if (at >= b.size)
    return 0;
  const unsigned mod = b.at[at] >> 6, rm = b.at[at] & 7;
  size_t size = 1;
  unsigned base = rm;
  if (mod == 3)
    return size;
  if (rm == 4) {
    if (at + 1 >= b.size)
      return 0;
    base = b.at[at + 1] & 7;
    size++;
  }
  return size + (mod == 1 ? 1 : mod == 2 || base == 5 ? 4 : 0);
}

// Vector instructions that are younger than the library have the shape of the older ones (Intel SDM, volume 2,
// chapter 2): prefix, opcode, ModRM, and a byte more in map 3 and for shuffles and shifts by constants of
// map 1.
static size_t vector_size(struct bytes b) {
  size_t prefix;
  unsigned map;
  if (b.size >= 6 && b.at[0] == 0x62) {
    prefix = 4;
    map = b.at[1] & 7;
  } else if (b.size >= 4 && b.at[0] == 0xc4) {
    prefix = 3;
    map = b.at[1] & 0x1f;
  } else if (b.size >= 3 && b.at[0] == 0xc5) {
    prefix = 2;
    map = 1;
  } else
    return 0;
  const unsigned opcode = b.at[prefix];
  const bool constant = map == 3 || (map == 1 && ((opcode >= 0x70 && opcode <= 0x73) || opcode == 0xc2 ||
                                                  (opcode >= 0xc4 && opcode <= 0xc6)));
  const size_t rest = modrm_size(b, prefix + 1), size = prefix + 1 + rest + constant;
  return rest && size <= 15 && size <= b.size ? size : 0;
}

static void decode_unknown(struct bytes b, struct insn *out) {
  const size_t size = vector_size(b);
  out->size = (uint8_t)(size ? size : 1);
  out->decoded = size != 0;
  // Where its address comes from is not looked at: it counts as memory that anybody may have.
  if (size && b.at[size > 4 && b.at[0] == 0x62 ? 5 : b.at[0] == 0xc5 ? 3 : 4] >> 6 != 3) {
    out->has_memory = true;
    out->loads = 1;
    out->memory = (struct operand){.base = REGISTER_NONE, .index = REGISTER_NONE, .is_fixed = false};
  }
}

// ---- Operands ----

static void take_memory(const struct decoder *d, const cs_insn *c, const cs_x86_op *op, struct insn *out) {
  const x86_op_mem *m = &op->mem;
  out->has_memory = true;
  out->memory = (struct operand){.base = m->base == X86_REG_INVALID ? REGISTER_NONE : d->number[m->base],
                                 .index = m->index == X86_REG_INVALID ? REGISTER_NONE : d->number[m->index],
                                 .is_thread_local = m->segment == X86_REG_FS,
                                 .value = (uint64_t)m->disp};
  if (m->base == X86_REG_RIP) {
    out->memory.is_fixed = m->index == X86_REG_INVALID;
    out->memory.value += c->address + c->size;
  } else if (m->base == X86_REG_INVALID && m->index == X86_REG_INVALID)
    out->memory.is_fixed = true;
}

static bool names_memory_only(unsigned id) {
  switch (id) {
  case X86_INS_LEA:
  case X86_INS_NOP:
  case X86_INS_PREFETCH:
  case X86_INS_PREFETCHNTA:
  case X86_INS_PREFETCHT0:
  case X86_INS_PREFETCHT1:
  case X86_INS_PREFETCHT2:
  case X86_INS_PREFETCHW:
  case X86_INS_CLFLUSH:
  case X86_INS_CLFLUSHOPT:
  case X86_INS_INVLPG:
    return true;
  default:
    return false;
  }
}

static bool writes_first_only(unsigned id) {
  switch (id) {
  case X86_INS_XCHG:
  case X86_INS_XADD:
  case X86_INS_CMPXCHG:
  case X86_INS_MULX:
    return false;
  default:
    return true;
  }
}

static bool only_compares(unsigned id) {
  return id == X86_INS_CMP || id == X86_INS_TEST || id == X86_INS_PUSH || id == X86_INS_BT ||
         id == X86_INS_CALL || id == X86_INS_JMP;
}

static void take_operands(const struct decoder *d, const cs_insn *c, struct insn *out) {
  const cs_x86 *x = &c->detail->x86;
  for (unsigned n = 0; n < x->op_count; n++) {
    const cs_x86_op *op = &x->operands[n];
    if (op->type == X86_OP_MEM) {
      // Instructions on strings have two; the one that is written decides.
      if (!out->has_memory || op->access & CS_AC_WRITE)
        take_memory(d, c, op, out);
      if (names_memory_only(c->id))
        continue;
      out->stores |= (op->access & CS_AC_WRITE) != 0;
      out->loads |= (op->access & CS_AC_READ) != 0 || !(op->access & CS_AC_WRITE);
    } else if (op->type == X86_OP_REG && !only_compares(c->id) &&
               (n == 0 || !writes_first_only(c->id) || op->access & CS_AC_WRITE) &&
               d->number[op->reg] != REGISTER_NONE)
      out->clobbers |= 1u << d->number[op->reg];
  }
  for (unsigned n = 0; n < c->detail->regs_write_count; n++)
    if (c->detail->regs_write[n] < X86_REG_ENDING && d->number[c->detail->regs_write[n]] != REGISTER_NONE)
      out->clobbers |= 1u << d->number[c->detail->regs_write[n]];
}

// ---- What it does ----

static void take_flow(const struct decoder *d, const cs_insn *c, struct insn *out) {
  const cs_x86 *x = &c->detail->x86;
  const bool direct = x->op_count == 1 && x->operands[0].type == X86_OP_IMM;
  bool jump = false, call = false;
  for (unsigned n = 0; n < c->detail->groups_count; n++) {
    jump |= c->detail->groups[n] == CS_GRP_JUMP;
    call |= c->detail->groups[n] == CS_GRP_CALL;
  }
  if (c->id == X86_INS_CALL || c->id == X86_INS_LCALL || call)
    out->flow = FLOW_CALL;
  else if (c->id == X86_INS_JMP || c->id == X86_INS_LJMP)
    out->flow = FLOW_JUMP;
  else if (jump || c->id == X86_INS_LOOP || c->id == X86_INS_LOOPE || c->id == X86_INS_LOOPNE ||
           c->id == X86_INS_XBEGIN)
    out->flow = FLOW_BRANCH;
  else if (c->id == X86_INS_RET || c->id == X86_INS_RETF || c->id == X86_INS_UD2 || c->id == X86_INS_HLT ||
           c->id == X86_INS_IRETQ || c->id == X86_INS_INT3)
    out->flow = FLOW_END;
  if (out->flow == FLOW_ON || out->flow == FLOW_END)
    return;
  if (direct) {
    out->has_target = true;
    out->target = (uint64_t)x->operands[0].imm;
    return;
  }
  out->is_indirect = true;
  out->by_slot = out->has_memory && out->memory.is_fixed && !out->memory.is_thread_local;
  if (out->by_slot)
    out->target = out->memory.value;
}

static void take_sync(const cs_insn *c, struct insn *out) {
  if (c->detail->x86.prefix[0] == X86_PREFIX_LOCK || c->id == X86_INS_CMPXCHG16B)
    out->sync = SYNC_LOCK;
  else if (c->id == X86_INS_XCHG && out->has_memory)
    out->sync = SYNC_XCHG;
  else if (c->id == X86_INS_MFENCE || c->id == X86_INS_SFENCE || c->id == X86_INS_LFENCE)
    out->sync = SYNC_FENCE;
  else if (c->id == X86_INS_SYSCALL)
    out->sync = SYNC_SYSCALL;
}

// Values that can be followed: addresses and numbers, copies, and sums with a constant.
static void take_set(const struct decoder *d, const cs_insn *c, struct insn *out) {
  const cs_x86_op *to = &c->detail->x86.operands[0], *from = &c->detail->x86.operands[1];
  if (c->detail->x86.op_count != 2 || to->type != X86_OP_REG || d->number[to->reg] == REGISTER_NONE ||
      to->size < 4)
    return;
  const uint8_t number = d->number[to->reg];
  if (c->id == X86_INS_LEA && from->type == X86_OP_MEM && to->size == 8) {
    if (out->memory.is_fixed)
      out->set = SET_VALUE, out->value = out->memory.value;
    else if (out->memory.base != REGISTER_NONE && out->memory.index == REGISTER_NONE)
      out->set = SET_COPY, out->from = out->memory.base, out->value = out->memory.value;
  } else if ((c->id == X86_INS_MOV || c->id == X86_INS_MOVABS) && from->type == X86_OP_IMM)
    out->set = SET_VALUE, out->value = to->size == 4 ? (uint32_t)from->imm : (uint64_t)from->imm;
  else if (c->id == X86_INS_MOV && from->type == X86_OP_REG && to->size == 8 &&
           d->number[from->reg] != REGISTER_NONE)
    out->set = SET_COPY, out->from = d->number[from->reg], out->value = 0;
  else if ((c->id == X86_INS_ADD || c->id == X86_INS_SUB) && from->type == X86_OP_IMM && to->size == 8)
    out->set = SET_COPY, out->from = number,
    out->value = c->id == X86_INS_ADD ? (uint64_t)from->imm : 0 - (uint64_t)from->imm;
  else if (c->id == X86_INS_XOR && from->type == X86_OP_REG && from->reg == to->reg)
    out->set = SET_VALUE, out->value = 0;
  out->set_register = number;
}

static void decode_x86(struct decoder *d, struct bytes b, uint64_t address, struct insn *out) {
  const uint8_t *code = b.at;
  size_t left = b.size;
  uint64_t at = address;
  if (!cs_disasm_iter(d->handle, &code, &left, &at, d->insn)) {
    decode_unknown(b, out);
    return;
  }
  const cs_insn *c = d->insn;
  out->size = (uint8_t)c->size;
  out->decoded = true;
  out->is_padding = c->id == X86_INS_NOP || c->id == X86_INS_INT3;
  out->restores = c->id == X86_INS_POP || c->id == X86_INS_LEAVE;
  take_operands(d, c, out);
  take_flow(d, c, out);
  take_sync(c, out);
  take_set(d, c, out);
}

void decode(struct decoder *d, struct bytes b, uint64_t address, struct insn *out) {
  *out = (struct insn){.address = address};
  if (d->arch == ARCH_X86_64)
    decode_x86(d, b, address, out);
  else
    decode_aarch64(b, address, out);
}

void decode_text(struct decoder *d, struct bytes b, uint64_t address, char *out, size_t size) {
  const uint8_t *code = b.at;
  size_t left = b.size;
  uint64_t at = address;
  if (cs_disasm_iter(d->handle, &code, &left, &at, d->insn))
    snprintf(out, size, "%s%s%s", d->insn->mnemonic, *d->insn->op_str ? " " : "", d->insn->op_str);
  else
    snprintf(out, size, "(unknown to the disassembler)");
}
