// Relocations of objects, as a linker would apply them. Those that lead to thread-local memory are left: no
// address that the audit looks at depends on them.
#include "elf_file.h"

struct place {
  struct bytes content;
  uint64_t offset, address; // of the field
};

static void put32(const struct place *p, uint64_t value) {
  const uint32_t v = (uint32_t)value;
  bytes_put(p->content, p->offset, &v, sizeof v);
}

static void put64(const struct place *p, uint64_t value) {
  bytes_put(p->content, p->offset, &value, sizeof value);
}

static void relocate_x86(const struct place *p, unsigned type, uint64_t target, uint64_t slot) {
  switch (type) {
  case R_X86_64_64:
    put64(p, target);
    break;
  case R_X86_64_PC64:
    put64(p, target - p->address);
    break;
  case R_X86_64_PC32:
  case R_X86_64_PLT32:
    put32(p, target - p->address);
    break;
  case R_X86_64_32:
  case R_X86_64_32S:
    put32(p, target);
    break;
  case R_X86_64_GOTPCREL:
  case R_X86_64_GOTPCRELX:
  case R_X86_64_REX_GOTPCRELX:
  case R_X86_64_GOTTPOFF:
  case R_X86_64_TLSGD:
  case R_X86_64_TLSLD:
    put32(p, slot - p->address);
    break;
  default:
    break;
  }
}

// Sets bits [low, low + count) of the instruction.
static void put_bits(const struct place *p, unsigned low, unsigned count, uint64_t value) {
  uint32_t word;
  if (!bytes_get(p->content, p->offset, &word, sizeof word))
    return;
  const uint32_t mask = ((UINT32_C(1) << count) - 1) << low;
  word = (word & ~mask) | (((uint32_t)value << low) & mask);
  bytes_put(p->content, p->offset, &word, sizeof word);
}

static void put_page(const struct place *p, uint64_t target) {
  const uint64_t pages = (target >> 12) - (p->address >> 12);
  put_bits(p, 29, 2, pages);
  put_bits(p, 5, 19, pages >> 2);
}

static void relocate_aarch64(const struct place *p, unsigned type, uint64_t target, uint64_t slot) {
  switch (type) {
  case R_AARCH64_ABS64:
    put64(p, target);
    break;
  case R_AARCH64_PREL64:
    put64(p, target - p->address);
    break;
  case R_AARCH64_ABS32:
    put32(p, target);
    break;
  case R_AARCH64_PREL32:
    put32(p, target - p->address);
    break;
  case R_AARCH64_CALL26:
  case R_AARCH64_JUMP26:
    put_bits(p, 0, 26, (target - p->address) >> 2);
    break;
  case R_AARCH64_ADR_PREL_PG_HI21:
  case R_AARCH64_ADR_PREL_PG_HI21_NC:
    put_page(p, target);
    break;
  case R_AARCH64_ADR_GOT_PAGE:
    put_page(p, slot);
    break;
  case R_AARCH64_LD64_GOT_LO12_NC:
    put_bits(p, 10, 12, (slot & 0xfff) >> 3);
    break;
  case R_AARCH64_ADD_ABS_LO12_NC:
  case R_AARCH64_LDST8_ABS_LO12_NC:
    put_bits(p, 10, 12, target & 0xfff);
    break;
  case R_AARCH64_LDST16_ABS_LO12_NC:
    put_bits(p, 10, 12, (target & 0xfff) >> 1);
    break;
  case R_AARCH64_LDST32_ABS_LO12_NC:
    put_bits(p, 10, 12, (target & 0xfff) >> 2);
    break;
  case R_AARCH64_LDST64_ABS_LO12_NC:
    put_bits(p, 10, 12, (target & 0xfff) >> 3);
    break;
  case R_AARCH64_LDST128_ABS_LO12_NC:
    put_bits(p, 10, 12, (target & 0xfff) >> 4);
    break;
  default:
    break;
  }
}

static void relocate_section(const struct elf_file *e, const Elf64_Shdr *relocations) {
  Elf64_Shdr into, symbols_section;
  struct elf_symbols symbols;
  Elf64_Rela r;
  if (!elf_section(e, relocations->sh_info, &into) || !e->section_address[relocations->sh_info] ||
      !elf_section(e, relocations->sh_link, &symbols_section) ||
      !elf_symbols_open(&symbols, e, &symbols_section))
    return;
  const struct bytes table = elf_content(e, relocations);
  struct place p = {.content = elf_content(e, &into)};
  for (uint64_t at = 0; bytes_get(table, at, &r, sizeof r); at += sizeof r) {
    const size_t number = ELF64_R_SYM(r.r_info);
    const uint64_t symbol = elf_symbol_address(&symbols, e, number), add = (uint64_t)r.r_addend;
    const uint64_t slot = number < OBJECT_SYMBOLS_MAX ? e->slots + 8 * number : 0;
    if (!symbol)
      continue;
    p.offset = r.r_offset;
    p.address = e->section_address[relocations->sh_info] + r.r_offset;
    if (e->header.e_machine == EM_X86_64)
      relocate_x86(&p, ELF64_R_TYPE(r.r_info), symbol + add, slot + add);
    else
      relocate_aarch64(&p, ELF64_R_TYPE(r.r_info), symbol + add, slot + add);
  }
}

void elf_relocate(const struct elf_file *e) {
  Elf64_Shdr s;
  size_t left =
      e->file.size; // tables that overlap, as only a malformed file has them, are not gone through again
  for (size_t n = 0; elf_section(e, n, &s); n++)
    if (s.sh_type == SHT_RELA && s.sh_size <= left) {
      left -= s.sh_size;
      relocate_section(e, &s);
    }
}
