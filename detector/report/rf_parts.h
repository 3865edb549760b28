// What reports of every kind are put together from: places turned into stacks and threads, and their text.
#ifndef RF_PARTS_H
#define RF_PARTS_H

#include "rf_model.h"
#include "rf_render.h"

// ---- Identity: a running hash (FNV-1a) ----
#define RF_MIX_START UINT64_C(0xcbf29ce484222325)
uint64_t rf_mix(uint64_t h, const char *s);
uint64_t rf_mix_u(uint64_t h, uint64_t v);

// ---- Places ----
rf_place rf_place_of_cell(uint64_t cell);
void rf_place_stack(rf_place where, struct rf_model_stack *out);
// The site of the innermost frame, NULL if unknown.
const struct rf_site *rf_place_leaf(rf_place where);
// The call that is `up` above the innermost frame, those among them that were inlined too; NULL if there is none.
const struct rf_site *rf_place_call(rf_place where, unsigned up);
// Of the stack there, the frame that rf_stack_place() gives; no line: unknown.
struct rf_model_frame rf_place_frame(rf_place where);
// Of the standard library of C++.
bool rf_frame_in_library(const struct rf_model_frame *f);
// Who was there; a thread without a name takes that of the outermost frame of its stack outside the standard library.
struct rf_model_who rf_place_who(rf_place where, const struct rf_model_stack *stack);
struct rf_model_who rf_lthread_who(const struct rf_lthread *l);
// The source line, the same wherever the program lies.
uint64_t rf_place_line_key(rf_place where);

// ---- Text ----
struct rf_out {
  struct rf_text *text;
  const struct rf_render_env *env;
};
#define RF_STYLE_RED "\033[1;31m"
#define RF_STYLE_BOLD "\033[1m"
#define RF_STYLE_PLAIN "\033[0m"

void rf_put(struct rf_out *o, const char *s);
// What comes from the program or its sources: control characters, which could forge lines or steer a terminal,
// become question marks, as do the invisible ones that change the direction of text and bytes that are not UTF-8.
void rf_put_text(struct rf_out *o, const char *s);
void rf_put_name(struct rf_out *o, const char *s); // in backquotes
// Breaks what was put since `from` into lines of 80 columns. Names in backquotes and words stay whole.
void rf_fill(struct rf_out *o, size_t from);
void rf_put_u(struct rf_out *o, uint64_t v);
void rf_put_hex(struct rf_out *o, uint64_t v);
void rf_style(struct rf_out *o, const char *code);
void rf_put_place(struct rf_out *o, const struct rf_model_frame *f); // file:line:col
void rf_put_who(struct rf_out *o, const struct rf_model_who *w, bool capital);
void rf_put_stack(struct rf_out *o, const struct rf_model_stack *s);
// ` at FILE:LINE:COL in FUNCTION`
void rf_put_at(struct rf_out *o, const struct rf_model_stack *s);
// The innermost frame with a source line outside the standard library: of the access, or of the call of a library
// function. Within the library if it never leaves it; NULL: no frame has a line.
const struct rf_model_frame *rf_stack_place(const struct rf_model_stack *s);
// The source around the innermost line, and behind the caret what side did there (NULL: nothing to say).
void rf_put_source(struct rf_out *o, const struct rf_model_stack *stack,
                   void (*effect)(struct rf_out *o, const struct rf_model_side *side), const struct rf_model_side *side);
void rf_put_title(struct rf_out *o, const char *kind);
// Id, suppression and summary.
void rf_put_end(struct rf_out *o, uint32_t id, const char *suppress, const char *kind, const struct rf_model_stack *at);

#endif
