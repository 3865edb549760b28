// An ELF file as the audit sees it: regions with addresses, the names of what lies there, and nothing else.
// Objects have no addresses of their own: their sections get some, what they do not define gets some beyond,
// and the relocations are applied, so that code of objects and of programs is read in one way.
#ifndef RF_AUDIT_IMAGE_H
#define RF_AUDIT_IMAGE_H

#include "bytes.h"

enum arch { ARCH_X86_64, ARCH_AARCH64 };

enum {
  REGION_CODE = 1,
  REGION_CONSTANT = 2, // nobody writes to it once the program runs
  REGION_STUBS = 4,    // made by the linker
  REGION_RUNTIME = 8,  // the detector's own
};

struct region {
  uint64_t address, size;
  struct bytes content; // shorter than size: zeroes follow
  unsigned flags;
  const char *name; // "" without sections
  size_t section;   // its number
};

// A name of an address: function, stub of the linker, or what an object does not define.
struct name {
  uint64_t address, size; // size 0: not known
  const char *text;
  bool is_function; // defined here
  bool is_global;
};

// A slot of the global offset table.
struct slot {
  uint64_t address;
  const char *text;
};

struct image {
  struct bytes file;
  enum arch arch;
  bool is_object, has_symbols; // has_symbols: more than the dynamic ones
  uint64_t entry;
  struct region *regions; // by address, none overlaps another
  size_t region_count;
  struct name *names; // by address
  size_t name_count;
  struct slot *slots; // by address
  size_t slot_count;
  uint64_t made_slots, made_end; // of objects: where the slots lie that the audit made
  const char *soname;            // NULL: none
  const char **needs;            // functions that it takes from others, by name
  size_t need_count;
};

// NULL, or what is wrong with the file. The image points into the file, which it changes if it is an object. i
// is the caller's to close either way.
const char *image_open(struct image *i, struct bytes file);
void image_close(struct image *i);

const struct region *image_region(const struct image *i, uint64_t address);
const struct region *image_section(const struct image *i, const char *name, const struct region *after);
// Bytes at this address; at is NULL if there are fewer.
struct bytes image_bytes(const struct image *i, uint64_t address, uint64_t size);
const char *image_string(const struct image *i, uint64_t address);
// Name of exactly this address, NULL: none.
const struct name *image_name(const struct image *i, uint64_t address);
const char *image_slot(const struct image *i, uint64_t address);

#endif
