// What the names of functions mean for an audit.
#ifndef RF_AUDIT_ENTRIES_H
#define RF_AUDIT_ENTRIES_H

#include <stdbool.h>

enum entry {
  ENTRY_NONE,
  ENTRY_CHECK,      // of the runtime: checks an access, or checks and does it
  ENTRY_OTHER,      // of the runtime: anything else that compiled code calls
  ENTRY_TSAN_CHECK, // the same for objects of -fsanitize=thread
  ENTRY_TSAN_OTHER,
};

enum entry entry_named(const char *name);
// A function that is the detector's, or was put into the program by compiler and linker.
bool is_own_name(const char *name);
// A function whose effect the runtime knows by name.
bool is_intercepted(const char *name);
// A library all of whose calls the runtime knows by name; soname: its name in the dynamic section.
bool is_modelled(const char *soname);
// The futex system call's number.
unsigned futex_number(bool is_x86);

#endif
