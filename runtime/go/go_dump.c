// Lists the goroutines, in the form of Go's tracebacks.
//
// The signal handler uses nothing but raw system calls and the list's guard. A thread that is interrupted at
// the list itself would wait for itself: then the list is printed as soon as that thread has left it.
#include "go_dump.h"

#include "go_fatal.h"
#include "go_list.h"
#include "go_mem.h"
#include "go_os.h"

#include <redflag/go.h>

#include <signal.h>

#define QUIT_PATIENCE_NS INT64_C(1000000000)

static void describe(struct go_text *t, const struct go_view *v) {
  t->len = 0;
  rf_go_text_str(t, "\n");
  rf_go_text_goroutine(t, v);
}

// ---- On request: put together first, since whoever reads from fd may need the list to go on ---------------

struct buffer {
  char *at;
  size_t len, room;
};

static void append(struct buffer *b, const char *p, size_t n) {
  if (n > b->room - b->len) {
    size_t room = 2 * b->room + n;
    char *more = rf_go_mem_alloc(room);
    rf_go_mem_copy(more, b->at, b->len);
    if (b->room)
      rf_go_mem_free(b->at, b->room);
    b->at = more;
    b->room = room;
  }
  rf_go_mem_copy(b->at + b->len, p, n);
  b->len += n;
}

static void collect(const struct go_view *v, void *buffer) {
  struct go_text t;
  describe(&t, v);
  append(buffer, t.at, t.len);
}

void go_dump(int fd) {
  struct buffer b = {0};
  rf_go_list_everyone(rf_go_self(), collect, &b);
  rf_go_os_write(fd, b.at + 1, b.len - 1); // blank lines between, none before
  rf_go_mem_free(b.at, b.room);
}

// ---- On SIGQUIT -------------------------------------------------------------------------------------------

static void print(const struct go_view *v, void *unused) {
  struct go_text t;
  describe(&t, v);
  rf_go_text_flush(&t);
}

static void quit(void) {
  static uint32_t quitting;
  struct go_text t;
  if (__atomic_exchange_n(&quitting, 1, __ATOMIC_RELAXED))
    return;
  t.len = 0;
  rf_go_text_str(&t, "SIGQUIT: quit\n");
  rf_go_text_flush(&t);
  // In the child of a fork the guard may be held by a thread that is not there.
  if (!rf_go_list_everyone_soon(QUIT_PATIENCE_NS, print, NULL)) {
    rf_go_text_str(&t, "\nthe list of goroutines is in use\n");
    rf_go_text_flush(&t);
  }
  rf_go_os_exit(2);
}

static void on_quit(int signal) {
  if (!rf_go_list_call_when_left(quit))
    quit();
}

void rf_go_dump_on_quit(void) {
  static uint32_t done;
  if (!__atomic_exchange_n(&done, 1, __ATOMIC_RELAXED))
    rf_go_os_handle_default(SIGQUIT, on_quit);
}
