// The text report: for a person who has never seen one. Fields appear only when they are known.
#ifndef RF_RENDER_H
#define RF_RENDER_H

#include "rf_model.h"
#include "rf_text.h"

struct rf_render_env {
  long pid;
  bool color;
  // Copies line `line` of the file into out without its newline; false if it cannot be had.
  bool (*source_line)(const char *file, uint32_t line, char *out, size_t cap);
};

void rf_render_text(struct rf_text *out, const struct rf_model *m, const struct rf_render_env *env);

#endif
