// Vector clocks of a fixed width under one lock. Logical threads are never reused.
#include "fake_detector.h"

#include "rf_edges.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 512
#define OBJECTS 65536
#define NOTES 65536

struct clocks {
  uint64_t at[WIDTH];
};

struct object {
  uintptr_t address; // 0: unused
  struct clocks clock;
};

struct note {
  uintptr_t begin, end;
  bool write;
  struct moment when;
};

struct rf_birth {
  uint32_t thread;
  struct clocks clock;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // guards all below
static struct object *objects[OBJECTS];
static struct note notes[NOTES];
static unsigned note_count, races;
static uint32_t threads;
static int variables;

static _Thread_local struct clocks mine;
static _Thread_local uint32_t me; // number, 0: not yet known
static _Thread_local int held;

static void know_me(void) {
  if (me)
    return;
  me = ++threads;
  mine.at[me] = 1;
}

static void enter(void) {
  pthread_mutex_lock(&lock);
  know_me();
}

static void leave(void) { pthread_mutex_unlock(&lock); }

static void join(struct clocks *into, const struct clocks *from) {
  for (int i = 0; i < WIDTH; i++)
    if (into->at[i] < from->at[i])
      into->at[i] = from->at[i];
}

static struct object *object_at(const void *p) {
  uintptr_t address = (uintptr_t)p;
  for (size_t i = address / 8 * 2654435761u % OBJECTS;; i = (i + 1) % OBJECTS) {
    if (!objects[i]) {
      objects[i] = calloc(1, sizeof **objects);
      objects[i]->address = address;
    }
    if (objects[i]->address == address)
      return objects[i];
  }
}

void __rf_acquire(const void *obj) {
  enter();
  join(&mine, &object_at(obj)->clock);
  leave();
}

void __rf_release(const void *obj) {
  enter();
  join(&object_at(obj)->clock, &mine);
  mine.at[me]++;
  leave();
}

void __rf_release_store(const void *obj) {
  enter();
  object_at(obj)->clock = mine;
  mine.at[me]++;
  leave();
}

void __rf_offer(uint64_t *obj) { __rf_release_store(obj); }

void __rf_meet(uint64_t *obj) {
  __rf_acquire(obj);
  __rf_release_store(obj);
}

void __rf_met(uint64_t *obj) { __rf_acquire(obj); }

void __rf_sync_forget(const void *p, size_t n) {
  enter();
  for (size_t i = 0; i < OBJECTS; i++)
    if (objects[i] && objects[i]->address - (uintptr_t)p < n)
      memset(&objects[i]->clock, 0, sizeof objects[i]->clock);
  leave();
}

static bool before(struct moment m) { return m.clock <= mine.at[m.thread]; }

static void add_note(const void *p, size_t n, bool write) {
  struct note note = {(uintptr_t)p, (uintptr_t)p + n, write, {me, mine.at[me]}};
  for (unsigned i = 0; i < note_count; i++)
    if (notes[i].begin < note.end && note.begin < notes[i].end && (notes[i].write || write) &&
        !before(notes[i].when))
      races++;
  if (note_count < NOTES)
    notes[note_count++] = note;
}

void __rf_note_read(const void *p, size_t n, const struct rf_libsite *site) {
  enter();
  add_note(p, n, false);
  leave();
}

void __rf_note_write(const void *p, size_t n, const struct rf_libsite *site) {
  enter();
  add_note(p, n, true);
  leave();
}

void __rf_variable_born(const void *p, size_t n, const struct rf_var *var) {
  enter();
  variables++;
  for (unsigned i = 0; i < note_count; i++)
    if (notes[i].begin < (uintptr_t)p + n && (uintptr_t)p < notes[i].end)
      notes[i] = (struct note){0};
  leave();
}

void __rf_variable_gone(const void *p, size_t n) {
  __rf_sync_forget(p, n);
  enter();
  variables--;
  leave();
}

void __rf_lock_taken(uint64_t *obj, const void *lock, const char *name) {
  held++;
  __rf_acquire(obj);
}

void __rf_lock_leaving(uint64_t *obj, const void *lock) {
  held--;
  __rf_release_store(obj);
}

void __rf_lock_held(const void *obj, const char *name, int exclusive) { held++; }
void __rf_lock_dropped(const void *obj) { held--; }

struct rf_birth *__rf_thread_fork(enum rf_thread_kind kind, const char *name, const struct rf_site *site) {
  struct rf_birth *birth = malloc(sizeof *birth);
  enter();
  birth->thread = ++threads;
  if (threads >= WIDTH)
    abort();
  birth->clock = mine;
  mine.at[me]++;
  leave();
  return birth;
}

void __rf_thread_begin(struct rf_birth *birth) {
  if (!birth)
    return;
  mine = birth->clock;
  me = birth->thread;
  mine.at[me] = 1;
  held = 0;
  free(birth);
}

void __rf_thread_end(void) {
  memset(&mine, 0, sizeof mine);
  me = 0;
}

void __rf_thread_drop(struct rf_birth *birth) { free(birth); }
// ---- Logical threads that share pthreads ----

struct rf_routine {
  struct clocks mine;
  uint32_t me;
  int held;
};

size_t __rf_routine_room(size_t bytes) { return 0; }

struct rf_routine *__rf_routine_begin(struct rf_birth *birth, void *low, size_t bytes, int fresh) {
  __rf_thread_begin(birth);
  return calloc(1, sizeof(struct rf_routine));
}

void __rf_routine_park(struct rf_routine *r) {
  *r = (struct rf_routine){mine, me, held};
  __rf_thread_end();
}

void __rf_routine_resume(struct rf_routine *r) {
  mine = r->mine;
  me = r->me;
  held = r->held;
}

void __rf_routine_end(struct rf_routine *r) {
  __rf_thread_end();
  free(r);
}

void __rf_routine_arrive(void) {}
void __rf_routine_soon(const struct rf_routine *r) {}
void __rf_routine_idle(int idle) {}
void __rf_routine_cold(void *low, size_t bytes) {}
size_t __rf_routine_calls(const struct rf_routine *r, const struct rf_site **sites, size_t max) { return 0; }
struct rf_self *__rf_thread_handle(void) { return NULL; }
size_t __rf_thread_calls(const struct rf_self *thread, const struct rf_site **sites, size_t max) { return 0; }
void __rf_host_thread_end(void) {}

uint64_t __rf_thread_number(void) {
  enter();
  uint64_t number = me;
  leave();
  return number;
}

void __rf_calls_mark(struct rf_calls *mark) {}
void __rf_calls_return(const struct rf_calls *mark) {}

int __rf_host_thread(void *(*entry)(void *), void *arg, size_t stack) {
  pthread_t thread;
  int error = pthread_create(&thread, NULL, entry, arg);
  if (!error)
    pthread_detach(thread);
  return error;
}

void __rf_host_exit(int status) { exit(status); }

struct moment fake_now(void) {
  enter();
  struct moment m = {me, mine.at[me]};
  leave();
  return m;
}

bool fake_before(struct moment m) {
  enter();
  bool ordered = before(m);
  leave();
  return ordered;
}

unsigned fake_take_races(void) {
  enter();
  unsigned n = races;
  races = 0;
  note_count = 0;
  leave();
  return n;
}

int fake_held(void) { return held; }

int fake_variables(void) {
  enter();
  int n = variables;
  leave();
  return n;
}
