// Channels and select: each row, at each capacity that is named, is clean, and races when one thing about it is
// changed.
// RUN: for o in "-O0" "-O2 -g"; do %cc $o %s -o %t || exit 1; \
// RUN:   for row in $(%t); do %clean %t $row || { echo "$row is clean"; exit 1; }; \
// RUN:     %racy %t $row racy > %t.out || { echo "$row races"; exit 1; }; \
// RUN:     grep -q "SUMMARY: Redflag: data race .*go-channels.c:[0-9:]* in ${row%%:*}" %t.out || exit 1; done; done
#include <redflag/go.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOON (2 * GO_MILLISECOND)

static int a;          // what is raced for
static bool races;     // set before anything else runs
static chan(int) c;    // of the row's capacity
static chan(int) gate; // of capacity 1: lets a goroutine go on, and orders only what was before

static void use(int v) { __asm__ volatile("" : : "r"(v)); }
static void meet(void) { go_sleep(SOON); } // orders nothing

// ---- Send and receive
// ----------------------------------------------------------------------------------------------
static void send_recv(int cap) {
  go {
    a = 1;
    go_send(c, 1);
  };
  if (races) {
    meet();
    a++;
  }
  go_recv(c);
  if (!races)
    a++;
}

static void recv2(int cap) {
  int v;
  go {
    a = 1;
    go_send(c, 1);
  };
  meet();
  if (races)
    a++;
  if (go_recv2(c, &v) && !races)
    a++;
}

// A value has its own send behind it and not the next one's.
static void next_value(int cap) {
  go {
    go_send(c, 1);
    a = 1;
    go_send(c, 2);
  };
  go_recv(c);
  if (races)
    a++;
  go_recv(c);
  if (!races)
    a++;
}

static void unbuffered_back(int cap) {
  chan(int) d = go_make(int, races);
  go {
    a = 1;
    go_recv(d);
  };
  go_send(d, 1);
  a++;
}

// The k-th receive comes before the (k+cap)-th send has been completed.
static void buffered_back(int cap) {
  go {
    a = 1;
    go_recv(c);
  };
  for (int i = races; i <= cap; i++)
    go_send(c, i);
  meet();
  a++;
  if (races)
    go_send(c, 0);
}

// A full buffer is a lock as long as there is but one place.
static void semaphore(int cap) {
  chan(int) room = go_make(int, cap + races);
  go_wg wg = {0};
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go {
      go_send(room, 1);
      a++;
      go_recv(room);
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
}

static void len(int cap) {
  go {
    a = 1;
    go_send(c, 1);
  };
  while (!go_len(c))
    meet();
  if (races)
    a++;
  go_recv(c);
  if (!races)
    a++;
}

static void two_senders(int cap) {
  go {
    go_recv(gate);
    a = 1;
    go_send(c, 1);
  };
  go { go_send(c, 2); };
  go_recv(c);
  go_send(gate, 1);
  meet();
  if (races)
    a++;
  go_recv(c);
  if (!races)
    a++;
}

static void two_receivers(int cap) {
  go_wg wg = {0};
  for (int i = 0; i < 2; i++) {
    go_wg_add(&wg, 1);
    go {
      go_recv(c);
      use(a);
      go_wg_done(&wg);
    };
  }
  if (!races)
    a = 1;
  go_send(c, 1);
  meet();
  if (races)
    a = 1;
  go_send(c, 1);
  go_wg_wait(&wg);
}

// ---- Close
// ---------------------------------------------------------------------------------------------------------
static void close_recv(int cap) {
  int v;
  go {
    a = 1;
    go_close(c);
  };
  meet();
  if (races)
    a++;
  if (!go_recv2(c, &v) && !races)
    a++;
}

static void close_all(int cap) {
  go_wg wg = {0};
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go {
      go_recv(c);
      use(a);
      go_wg_done(&wg);
    };
  }
  if (!races)
    a = 1;
  go_close(c);
  if (races)
    a = 1;
  go_wg_wait(&wg);
}

static void range(int cap) {
  go {
    for (int i = 0; i < 5; i++) {
      a = i;
      go_send(c, i);
    }
    go_close(c);
  };
  go_range(v, c) if (races) a += v;
  a++;
}

// What was sent before the close is received first, and says nothing of it.
static void close_later(int cap) {
  int v;
  go {
    go_send(c, 1);
    a = 1;
    go_close(c);
  };
  go_recv(c);
  if (races)
    a++;
  if (!go_recv2(c, &v) && !races)
    a++;
}

// Whoever closes must know that nobody sends any more.
static void close_send(int cap) {
  go { go_send(c, 1); };
  while (!go_len(c))
    meet();
  if (!races)
    go_recv(c);
  go_close(c);
}

// ---- Select
// -------------------------------------------------------------------------------------------------------- Only
// the case that was chosen orders anything.
static void select_recv(int cap) {
  chan(int) d = go_make(int, cap);
  int v;
  go {
    go_recv(gate);
    a = 1;
    go_send(c, 1);
  };
  go { go_send(d, 2); };
  if (go_select(GO_RECV(c, &v), GO_RECV(d, &v)) != 1)
    abort();
  go_send(gate, 1);
  meet();
  if (races)
    a++;
  if (go_select(GO_RECV(c, &v), GO_RECV(d, &v)) == 0 && !races)
    a++;
}

static void select_send(int cap) {
  chan(int) d = go_make(int, races);
  int v = 1;
  go {
    a = 1;
    go_recv(d);
  };
  if (go_select(GO_RECV(c, &v), GO_SEND(d, &v)) == 1)
    a++;
}

static void select_default(int cap) {
  int v;
  go {
    go_recv(gate);
    a = 1;
    go_send(c, 1);
  };
  const int found = go_select(GO_RECV(c, &v), GO_DEFAULT);
  go_send(gate, 1);
  meet();
  if (found == 1 && races)
    a++;
  while (go_select(GO_RECV(c, &v), GO_DEFAULT) != 0)
    meet();
  if (!races)
    a++;
}

static void select_timeout(int cap) {
  int v;
  go {
    go_recv(gate);
    a = 1;
    go_send(c, 1);
  };
  if (go_select(GO_RECV(c, &v), GO_TIMEOUT(SOON)) != 1)
    abort();
  go_send(gate, 1);
  meet();
  if (races)
    a++;
  if (go_select(GO_RECV(c, &v), GO_TIMEOUT(100 * GO_SECOND)) == 0 && !races)
    a++;
}

static void select_close(int cap) {
  chan(int) d = go_make(int, 1);
  int v;
  bool ok = true;
  go {
    go_recv(gate);
    a = 1;
    go_close(c);
  };
  go_send(d, 1);
  go_select(GO_RECV2(c, &v, &ok), GO_RECV(d, &v));
  go_send(gate, 1);
  meet();
  if (races)
    a++;
  go_select(GO_RECV2(c, &v, &ok), GO_RECV(d, &v));
  if (!ok && !races)
    a++;
}

// Both sides in a select.
static void select_both(int cap) {
  go {
    int one = 1;
    a = 1;
    go_select(GO_SEND(c, &one), GO_TIMEOUT(100 * GO_SECOND));
  };
  int v;
  meet();
  if (races)
    a++;
  go_select(GO_RECV(c, &v), GO_TIMEOUT(100 * GO_SECOND));
  if (!races)
    a++;
}

// ---- Patterns
// ------------------------------------------------------------------------------------------------------
static void ping_pong(int cap) {
  chan(int) back = go_make(int, cap);
  go {
    for (int i = 0; i < 10; i++) {
      go_recv(c);
      if (!races)
        a++;
      go_send(back, i);
      if (races)
        a++;
    }
  };
  for (int i = 0; i < 10; i++) {
    a++;
    go_send(c, i);
    go_recv(back);
  }
}

static void fan_in(int cap) {
  static int result[4];
  for (int i = 0; i < 4; i++) {
    int at = i;
    go {
      result[at] = at;
      go_send(c, at);
    };
  }
  for (int i = races; i < 4; i++)
    go_recv(c);
  for (int i = 0; i < 4; i++)
    a += result[i];
  if (races)
    go_recv(c);
}

static void fan_out(int cap) {
  static int job[6];
  go_wg wg = {0};
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go {
      go_range(at, c) use(job[at]);
      go_wg_done(&wg);
    };
  }
  for (int i = 0; i < 6; i++) {
    if (!races)
      job[i] = i;
    go_send(c, i);
    if (races)
      job[i] = i;
  }
  go_close(c);
  go_wg_wait(&wg);
}

// Order goes through whoever passes something on, if he has received first.
static void pipeline(int cap) {
  chan(int) d = go_make(int, cap);
  go {
    go_recv(gate);
    a = 1;
    go_send(c, 1);
  };
  go {
    if (races)
      go_send(d, 1);
    go_recv(c);
    if (!races)
      go_send(d, 1);
  };
  go_send(gate, 1);
  go_recv(d);
  a++;
}

// What a pointer leads to goes with it.
static void ownership(int cap) {
  chan(int *) pass = go_make(int *, cap);
  int *mine = malloc(sizeof *mine);
  go {
    ++*go_recv(pass);
    go_send(c, 1);
  };
  if (!races)
    *mine = 1;
  go_send(pass, mine);
  if (races)
    *mine = 1;
  go_recv(c);
}

// A copy is the receiver's own.
static void copies(int cap) {
  struct big {
    int at[20];
  };
  chan(struct big) values = go_make(struct big, cap);
  static struct big mine;
  go {
    struct big got = go_recv(values);
    a = races ? mine.at[3] : got.at[3];
    go_send(c, 1);
  };
  go_send(values, mine);
  mine.at[3]++;
  go_recv(c);
}

// ---- Rows
// ----------------------------------------------------------------------------------------------------------
#define EACH(X, name) X(name, 0) X(name, 1) X(name, 3)
#define ROWS(X)                                                                                                \
  EACH(X, send_recv)                                                                                           \
  EACH(X, recv2) EACH(X, next_value) X(unbuffered_back, 0) EACH(X, buffered_back) X(semaphore, 1) X(len, 1)    \
      X(len, 3) EACH(X, two_senders) EACH(X, two_receivers) EACH(X, close_recv) EACH(X, close_all)             \
          EACH(X, range) EACH(X, close_later) X(close_send, 1) X(close_send, 3) EACH(X, select_recv)           \
              X(select_send, 0) EACH(X, select_default) EACH(X, select_timeout) EACH(X, select_close)          \
                  EACH(X, select_both) EACH(X, ping_pong) EACH(X, fan_in) EACH(X, fan_out) EACH(X, pipeline)   \
                      EACH(X, ownership) EACH(X, copies)

int main(int argc, char **argv) {
  races = argc > 2;
  gate = go_make(int, 1);
#define ROW(name, cap)                                                                                         \
  if (argc == 1)                                                                                               \
    puts(#name ":" #cap);                                                                                      \
  else if (!strcmp(argv[1], #name ":" #cap)) {                                                                 \
    c = go_make(int, cap);                                                                                     \
    name(cap);                                                                                                 \
  }
  ROWS(ROW)
  while (go_num() > 1) // what has not run cannot race
    go_sleep(SOON);
}
