#include "lines.h"

#include "memory.h"

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stdlib.h>

struct lines {
  const struct audit_module *audited;
  Dwfl *all;
  Dwfl_Module *module;
  Elf *elf;
  GElf_Addr bias;
  Dwarf_Die *unit; // that was found last
  Dwarf_Addr unit_bias;
};

static int choose(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr start, void *arg) {
  (void)data, (void)start;
  struct lines *l = arg;
  const char *member = l->audited->member;
  // A file is one module, an archive one for each member.
  if (member && strcmp(name, member) != 0)
    return DWARF_CB_OK;
  l->module = module;
  return DWARF_CB_ABORT;
}

struct lines *lines_open(const struct audit_module *m) {
  static char *paths; // where separate files are: as the system has it
  static const Dwfl_Callbacks calls = {.find_elf = dwfl_build_id_find_elf,
                                       .find_debuginfo = dwfl_standard_find_debuginfo,
                                       .debuginfo_path = &paths,
                                       .section_address = dwfl_offline_section_address};
  struct lines *l = audit_alloc(1, sizeof *l);
  Dwarf_Addr bias;
  *l = (struct lines){.audited = m, .all = dwfl_begin(&calls)};
  if (l->all && dwfl_report_offline(l->all, "", m->path, -1)) {
    dwfl_report_end(l->all, NULL, NULL);
    dwfl_getmodules(l->all, choose, l, 0);
    l->elf =
        l->module && dwfl_module_getdwarf(l->module, &bias) ? dwfl_module_getelf(l->module, &l->bias) : NULL;
  }
  if (l->elf)
    return l;
  lines_close(l);
  return NULL;
}

void lines_close(struct lines *l) {
  if (!l)
    return;
  dwfl_end(l->all);
  free(l);
}

// Objects have addresses in the library that are none of the audit's.
static bool translate(const struct lines *l, uint64_t address, Dwarf_Addr *out) {
  GElf_Shdr header;
  *out = address + l->bias;
  if (!l->audited->image.is_object)
    return true;
  const struct region *r = image_region(&l->audited->image, address);
  Elf_Scn *section = r ? elf_getscn(l->elf, r->section) : NULL;
  if (!section || !gelf_getshdr(section, &header))
    return false;
  *out = header.sh_addr + (address - r->address) + l->bias;
  return true;
}

// The unit that has the code at this address. Not every compiler leaves an index (.debug_aranges), so that all
// are asked.
static Dwarf_Die *find_unit(struct lines *l, Dwarf_Addr address, Dwarf_Addr *bias) {
  if (l->unit && dwarf_haspc(l->unit, address - l->unit_bias) > 0)
    return *bias = l->unit_bias, l->unit;
  for (Dwarf_Die *unit = NULL; (unit = dwfl_module_nextcu(l->module, unit, bias));)
    if (dwarf_haspc(unit, address - *bias) > 0) {
      l->unit = unit;
      l->unit_bias = *bias;
      return unit;
    }
  return NULL;
}

bool lines_find(struct lines *l, uint64_t address, struct line *out) {
  Dwarf_Addr there, bias;
  *out = (struct line){0};
  Dwarf_Die *unit = translate(l, address, &there) ? find_unit(l, there, &bias) : NULL;
  Dwarf_Line *found = unit ? dwarf_getsrc_die(unit, there - bias) : NULL;
  if (!found || dwarf_lineno(found, &out->line) || out->line <= 0)
    return false;
  out->file = dwarf_linesrc(found, NULL, NULL);
  return out->file != NULL;
}
