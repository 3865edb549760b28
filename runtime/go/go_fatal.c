// Ends misused programs as Go does (Go runtime panic.go: status 2, message first, then the goroutine).
#include "go_fatal.h"

#include "go_list.h"
#include "go_os.h"
#include "go_panic.h"
#include "go_sched.h"
#include "go_edges.h"

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

// As Go writes it (Go runtime/traceback.go, printcreatedby).
static void put_birth(struct go_text *t, const struct go_view *v) {
  const char *func = v->site ? rf_go_site_text(&v->site->func) : "";
  if (!v->parent)
    return;
  rf_go_text_str(t, "created by ");
  rf_go_text_str(t, *func ? func : v->parent_name);
  rf_go_text_str(t, " in goroutine ");
  rf_go_text_num(t, v->parent);
  rf_go_text_str(t, "\n");
  if (!v->site || !v->site->line)
    return;
  rf_go_text_str(t, "\t");
  rf_go_text_str(t, rf_go_site_text(&v->site->file));
  rf_go_text_str(t, ":");
  rf_go_text_num(t, v->site->line);
  rf_go_text_str(t, "\n");
}

#define CALLS_SHOWN 16

static size_t find_calls(const struct go_view *v, const struct rf_site **sites) {
  const struct goroutine *g = v->g;
  if (g == rf_go_self_if_known())
    return __rf_thread_calls(__rf_thread_handle(), sites, CALLS_SHOWN);
  if (v->why == GO_WAIT_NONE)
    return 0; // it runs, and its calls change
  return g->stack ? __rf_routine_calls(__atomic_load_n(&g->routine, __ATOMIC_ACQUIRE), sites, CALLS_SHOWN)
                  : __rf_thread_calls(g->thread, sites, CALLS_SHOWN);
}

static void put_calls(struct go_text *t, const struct go_view *v) {
  const struct rf_site *sites[CALLS_SHOWN];
  size_t n = find_calls(v, sites);
  for (size_t i = 0; i < n; i++) {
    if (!sites[i]->line)
      continue;
    rf_go_text_str(t, "\t\t");
    rf_go_text_str(t, rf_go_site_text(&sites[i]->func));
    rf_go_text_str(t, " ");
    rf_go_text_str(t, rf_go_site_text(&sites[i]->file));
    rf_go_text_str(t, ":");
    rf_go_text_num(t, sites[i]->line);
    rf_go_text_str(t, "\n");
  }
}

void rf_go_text_goroutine(struct go_text *t, const struct go_view *v) {
  rf_go_text_str(t, "goroutine ");
  rf_go_text_num(t, v->id);
  rf_go_text_str(t, " [");
  rf_go_text_str(t, rf_go_wait_text(v->why));
  rf_go_text_str(t, "]:\n\t");
  rf_go_text_str(t, v->name && *v->name ? v->name : "?");
  rf_go_text_str(t, "\n");
  put_calls(t, v);
  put_birth(t, v);
}

void rf_go_text_running(struct go_text *t, const struct goroutine *g) {
  struct go_view v = rf_go_view(g);
  v.why = GO_WAIT_NONE;
  rf_go_text_goroutine(t, &v);
}

static _Noreturn void end(const char *kind, const char *message) {
  struct go_text t;
  t.len = 0;
  rf_go_text_str(&t, kind);
  rf_go_text_str(&t, message);
  rf_go_text_str(&t, "\n\n");
  rf_go_text_running(&t, rf_go_self());
  rf_go_text_flush(&t);
  __rf_host_exit(2);
}

void rf_go_panic_exit(const char *message) {
  rf_go_panic_throw(rf_go_self(), message);
  end("panic: ", message);
}

void rf_go_fatal(const char *message) { end("fatal error: ", message); }
