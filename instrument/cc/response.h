// Response files (@file), quoted as GNU tools quote.
#ifndef CC_RESPONSE_H
#define CC_RESPONSE_H

#include "vec.h"
#include <stdbool.h>

// Appends the arguments in the file to out, those of nested response files too. False: no such file, which
// means that the argument stands for itself.
bool response_read(const char *path, struct vec *out, int depth);

#endif
