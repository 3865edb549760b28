// Files, and the members of archives: ordinary and thin ones, names as GNU and as BSD write them.
#ifndef RF_AUDIT_ARCHIVE_H
#define RF_AUDIT_ARCHIVE_H

#include "bytes.h"

// A private copy of the file's content, mapped. NULL, or what is wrong.
const char *file_open(const char *path, struct bytes *out);
void file_close(struct bytes *file);

bool archive_begins(struct bytes file);
// Calls visit for each member that is an object; mistake: what is wrong with it or with the archive, NULL
// nothing.
void archive_each(struct bytes file, const char *path,
                  void (*visit)(const char *name, struct bytes content, const char *mistake, void *arg),
                  void *arg);

#endif
