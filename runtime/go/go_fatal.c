// Ends misused programs as Go does (Go runtime panic.go: status 2, message first, then the goroutine).
#include "go_fatal.h"

#include "go_os.h"
#include "go_sched.h"
#include "rf_edges.h"

void rf_go_text_str(struct go_text *t, const char *s) {
  while (*s && t->len < sizeof t->at)
    t->at[t->len++] = *s++;
}

void rf_go_text_num(struct go_text *t, uint64_t n) {
  char digits[21];
  int i = 20;
  digits[i] = 0;
  do
    digits[--i] = (char)('0' + n % 10);
  while (n /= 10);
  rf_go_text_str(t, digits + i);
}

void rf_go_text_flush(struct go_text *t) {
  rf_go_os_write(2, t->at, t->len);
  t->len = 0;
}

void rf_go_text_goroutine(struct go_text *t, const struct goroutine *g, const char *state) {
  rf_go_text_str(t, "goroutine ");
  rf_go_text_num(t, g->id);
  rf_go_text_str(t, " [");
  rf_go_text_str(t, state);
  rf_go_text_str(t, "]:\n\t");
  rf_go_text_str(t, g->name && *g->name ? g->name : "?");
  rf_go_text_str(t, "\n");
}

void rf_go_text_created(struct go_text *t, const struct goroutine *g) {
  const struct rf_site *site = g->site;
  if (!site || !site->line)
    return;
  rf_go_text_str(t, "created at ");
  rf_go_text_str(t, site->file ? (const char *)&site->file + site->file : "?"); // sites hold distances, see rf_abi.h
  rf_go_text_str(t, ":");
  rf_go_text_num(t, site->line);
  rf_go_text_str(t, "\n");
}

static _Noreturn void end(const char *kind, const char *message) {
  struct go_text t;
  t.len = 0;
  rf_go_text_str(&t, kind);
  rf_go_text_str(&t, message);
  rf_go_text_str(&t, "\n\n");
  rf_go_text_goroutine(&t, rf_go_self(), "running");
  rf_go_text_flush(&t);
  __rf_host_exit(2);
}

void rf_go_panic_exit(const char *message) { end("panic: ", message); }

void rf_go_fatal(const char *message) { end("fatal error: ", message); }
