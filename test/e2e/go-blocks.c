// Blocks of go statements: each row is clean, and races when one thing about it is changed.
// RUN: for o in "-O0" "-O2 -g" "-O3"; do %cc $o %s -o %t || exit 1; \
// RUN:   for row in $(%t); do %clean %t $row || { echo "$row is clean"; exit 1; }; \
// RUN:     %racy %t $row racy > %t.out || { echo "$row races"; exit 1; }; \
// RUN:     grep -q "SUMMARY: Redflag: data race .*go-blocks.c:[0-9:]* in $row" %t.out || exit 1; done; done
// RUN: %cxx -x c++ -O2 %s -o %t && for row in $(%t); do %clean %t $row || exit 1; %racy %t $row racy > %t.out || exit 1; done
#include <redflag/go.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SOON (2 * GO_MILLISECOND)

static int global;

static void counter(bool racy) {
  int a = 0;
  go_wg wg = {0};
  go_mutex m = {0};
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go {
      if (!racy)
        go_lock(&m);
      a++;
      if (!racy)
        go_unlock(&m);
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
}

static void start(bool racy) {
  int a = 0;
  go_wg wg = {0};
  go_wg_add(&wg, 1);
  if (!racy)
    a = 1;
  go { global += a; go_wg_done(&wg); };
  if (racy)
    a = 1;
  go_wg_wait(&wg);
}

static void end(bool racy) {
  int a = 0;
  go_wg wg = {0};
  go_wg_add(&wg, 1);
  go { a = 1; go_wg_done(&wg); };
  if (racy)
    go_sleep(10 * SOON);
  else
    go_wg_wait(&wg);
  global += a;
  go_wg_wait(&wg);
}

// Each round has a local of its own if it is declared there.
static void fresh(bool racy) {
  int outside = 0;
  go_wg wg = {0};
  for (int i = 0; i < 4; i++) {
    int inside = 0;
    go_wg_add(&wg, 1);
    go {
      if (racy)
        outside++;
      else
        inside++;
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
}

// The variable of a for statement is one for all rounds, as everywhere in C.
static void for_variable(bool racy) {
  int sum[4] = {0};
  go_wg wg = {0};
  for (int i = 0; i < 4; i++) {
    int copy = i;
    go_wg_add(&wg, 1);
    go {
      if (racy)
        sum[copy] = i;
      else
        sum[copy] = copy;
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
}

static void parameter_by(int value, bool racy, go_wg *wg) {
  int one = value;
  go_wg_add(wg, 2);
  go { value++; go_wg_done(wg); };
  go {
    if (racy)
      value++;
    else
      one++;
    go_wg_done(wg);
  };
}

static void parameter(bool racy) {
  go_wg wg = {0};
  parameter_by(1, racy, &wg);
  go_wg_wait(&wg);
}

// Blocks go on with the locals of a function that has returned.
static void outlive_by(bool racy, go_wg *wg) {
  long big[100] = {0};
  int other = 0;
  go_wg_add(wg, 2);
  go { go_sleep(SOON); big[7]++; go_wg_done(wg); };
  go {
    go_sleep(SOON);
    if (racy)
      big[7]++;
    else
      other++;
    go_wg_done(wg);
  };
}

static void outlive(bool racy) {
  go_wg wg = {0};
  outlive_by(racy, &wg);
  char overwritten[2000];
  memset(overwritten, 0x77, sizeof overwritten);
  __asm__ volatile("" : : "r"(overwritten) : "memory");
  go_wg_wait(&wg);
}

static void nested(bool racy) {
  int a = 0;
  go_wg wg = {0};
  go_wg_add(&wg, 1);
  go {
    int b = 1;
    if (!racy)
      b = 2;
    go { a += b; go_wg_done(&wg); };
    if (racy)
      b = 2;
  };
  go_wg_wait(&wg);
  go_sleep(SOON);
}

static void elements(bool racy) {
  char a[4] = {0};
  go_wg wg = {0};
  for (int i = 0; i < 4; i++) {
    int at = racy ? 0 : i;
    go_wg_add(&wg, 1);
    go { a[at]++; go_wg_done(&wg); };
  }
  go_wg_wait(&wg);
}

static void members(bool racy) {
  struct { char x, y; } s = {0, 0};
  go_wg wg = {0};
  go_wg_add(&wg, 2);
  go { s.x++; go_wg_done(&wg); };
  go {
    if (racy)
      s.x++;
    else
      s.y++;
    go_wg_done(&wg);
  };
  go_wg_wait(&wg);
}

static void channel(bool racy) {
  chan(int) c = go_make(int, 0);
  int a = 0;
  go { a = 1; go_send(c, 1); };
  if (racy)
    global += a;
  go_recv(c);
  global += a;
  go_free(c);
}

// A goroutine that nothing orders before the next one has had the same memory.
static void reused_by(bool racy) {
  int mine = 0;
  go {
    if (racy)
      global++;
    else
      mine++;
  };
}

static void reused(bool racy) {
  for (int i = 0; i < 20; i++) {
    reused_by(racy);
    go_sleep(SOON / 4);
  }
}

// A lock of one round orders nothing in the next, though it may lie where that one lay.
static void round_lock_by(int *a, go_mutex *common, go_wg *wg) {
  go_mutex own = {0};
  go {
    go_mutex *m = common ? common : &own;
    go_lock(m);
    ++*a;
    go_unlock(m);
    go_wg_done(wg);
  };
}

static void round_lock(bool racy) {
  int a = 0;
  go_mutex common = {0};
  go_wg wg = {0};
  for (int i = 0; i < 8; i++) {
    go_wg_add(&wg, 1);
    go { round_lock_by(&a, racy ? NULL : &common, &wg); };
    go_sleep(SOON);
  }
  go_wg_wait(&wg);
  go_lock(&common);
  go_unlock(&common);
}

static void once_body(void *p) { ++*(int *)p; }

static void once(bool racy) {
  int a = 0;
  go_once o = {0};
  go_wg wg = {0};
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go {
      if (racy)
        once_body(&a);
      else
        go_once_do(&o, once_body, &a);
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
}

static void readers(bool racy) {
  int a = 0;
  go_rwmutex m = {0};
  go_wg wg = {0};
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go {
      if (racy)
        go_rlock(&m);
      else
        go_wlock(&m);
      a++;
      if (racy)
        go_runlock(&m);
      else
        go_wunlock(&m);
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
}

static void atomics(bool racy) {
  int a = 0;
  go_wg wg = {0};
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go {
      if (racy)
        a++;
      else
        go_add(&a, 1);
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
}

static void selected(bool racy) {
  int a = 0;
  chan(int) done = go_make(int, 1), other = go_make(int, 1);
  go_send(other, 1);
  go { a = 1; go_send(done, 1); };
  chan(int) from = racy ? other : done;
  go_select(GO_RECV(from, NULL));
  global += a;
  go_recv(racy ? done : other);
  go_free(done);
  go_free(other);
}

static void again(bool racy) {
  go_wg wg = {0};
  int n = 0, outside = 0;
round:;
  int fresh = n;
  go_wg_add(&wg, 1);
  go {
    if (racy)
      outside++;
    else
      fresh++;
    go_wg_done(&wg);
  };
  if (++n < 3)
    goto round;
  go_wg_wait(&wg);
}

static void deeper_by(int depth, int *root, go_wg *wg) {
  int mine = depth;
  go_wg_add(wg, 1);
  go { ++*(root ? root : &mine); go_wg_done(wg); };
  if (depth)
    deeper_by(depth - 1, root, wg);
}

static void deeper(bool racy) {
  int root = 0;
  go_wg wg = {0};
  deeper_by(5, racy ? &root : NULL, &wg);
  go_wg_wait(&wg);
}

static void exits(bool racy) {
  int a = 0;
  go_wg wg = {0};
  go_wg_add(&wg, 1);
  go { a = 1; go_wg_done(&wg); go_exit(); };
  if (!racy)
    go_wg_wait(&wg);
  go_sleep(SOON);
  global += a;
  go_wg_wait(&wg);
}

static void cancelled(bool racy) {
  int a = 0;
  go_ctx *ctx = go_ctx_with_cancel(go_ctx_background());
  go_wg wg = {0};
  go_wg_add(&wg, 1);
  go {
    if (racy)
      go_sleep(5 * SOON);
    else
      go_recv(go_ctx_done(ctx));
    global += a;
    go_wg_done(&wg);
  };
  a = 1;
  go_ctx_cancel(ctx);
  go_wg_wait(&wg);
  go_ctx_free(ctx);
}

#define ROWS(X)                                                                                                \
  X(counter) X(start) X(end) X(fresh) X(for_variable) X(parameter) X(outlive) X(nested) X(elements) X(members)  \
  X(channel) X(reused) X(round_lock) X(once) X(readers) X(atomics) X(selected) X(again) X(deeper) X(exits)      \
  X(cancelled)

int main(int argc, char **argv) {
#define ROW(name)                                                                                              \
  if (argc == 1)                                                                                               \
    puts(#name);                                                                                               \
  else if (!strcmp(argv[1], #name))                                                                            \
    name(argc > 2);
  ROWS(ROW)
  while (go_num() > 1) // what has not run cannot race
    go_sleep(SOON);
}
