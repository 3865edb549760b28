// Drives LMDB from many threads: writers move amounts between accounts, readers check in transactions of
// their own that no amount is ever lost. Usage: lmdb_driver FOLDER ROUNDS; prints the final state.
#include <lmdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ACCOUNTS = 500, START = 1000, WRITERS = 3, READERS = 4, GENERATIONS = 3 };

#define CHECK(call)                                                                                          \
  do {                                                                                                       \
    const int r = (call);                                                                                    \
    if (r) {                                                                                                 \
      fprintf(stderr, "lmdb_driver: %s: %s\n", #call, mdb_strerror(r));                                      \
      exit(1);                                                                                               \
    }                                                                                                        \
  } while (0)

static MDB_env *env;
static MDB_dbi accounts, journal;
static int rounds;

static MDB_val value(void *p, size_t n) { return (MDB_val){.mv_size = n, .mv_data = p}; }

static long get(MDB_txn *txn, unsigned account) {
  MDB_val k = value(&account, sizeof account), v;
  long amount;
  CHECK(mdb_get(txn, accounts, &k, &v));
  memcpy(&amount, v.mv_data, sizeof amount);
  return amount;
}

static void put(MDB_txn *txn, unsigned account, long amount) {
  MDB_val k = value(&account, sizeof account), v = value(&amount, sizeof amount);
  CHECK(mdb_put(txn, accounts, &k, &v, 0));
}

// Sums of a thread's moves do not depend on how the threads interleave.
static void move(MDB_txn *txn, unsigned *seed) {
  char line[40];
  const unsigned from = rand_r(seed) % ACCOUNTS, to = rand_r(seed) % ACCOUNTS;
  const long amount = rand_r(seed) % 10;
  put(txn, from, get(txn, from) - amount);
  put(txn, to, get(txn, to) + amount);
  const int n = snprintf(line, sizeof line, "%08x %u->%u %ld", *seed, from, to, amount);
  MDB_val k = value(line, (size_t)n), v = value("moved", 5);
  CHECK(mdb_put(txn, journal, &k, &v, 0));
}

static void *writer(void *arg) {
  unsigned seed = 1 + (unsigned)(size_t)arg;
  for (int i = 0; i < rounds; i++) {
    MDB_txn *txn;
    CHECK(mdb_txn_begin(env, NULL, 0, &txn));
    for (int k = 0; k < 5; k++)
      move(txn, &seed);
    if (i % 8 == 7) {
      MDB_txn *nested;
      unsigned lost = seed;
      CHECK(mdb_txn_begin(env, txn, 0, &nested));
      move(nested, &lost);
      mdb_txn_abort(nested);
    }
    CHECK(mdb_txn_commit(txn));
  }
  return NULL;
}

static long total(MDB_txn *txn) {
  MDB_cursor *cursor;
  MDB_val k, v;
  long sum = 0;
  CHECK(mdb_cursor_open(txn, accounts, &cursor));
  while (mdb_cursor_get(cursor, &k, &v, MDB_NEXT) == 0) {
    long amount;
    memcpy(&amount, v.mv_data, sizeof amount);
    sum += amount;
  }
  mdb_cursor_close(cursor);
  return sum;
}

static void *reader(void *arg) {
  (void)arg;
  MDB_txn *txn;
  CHECK(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn));
  for (int i = 0; i < rounds / 2; i++) {
    const long sum = total(txn);
    if (sum != (long)ACCOUNTS * START) {
      fprintf(stderr, "lmdb_driver: a reader sees %ld\n", sum);
      exit(1);
    }
    mdb_txn_reset(txn);
    CHECK(mdb_txn_renew(txn));
  }
  mdb_txn_abort(txn);
  return NULL;
}

static void print_state(void) {
  MDB_txn *txn;
  MDB_stat stat;
  unsigned long hash = 14695981039346656037u;
  CHECK(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn));
  for (unsigned i = 0; i < ACCOUNTS; i++)
    hash = (hash ^ (unsigned long)get(txn, i)) * 1099511628211u;
  CHECK(mdb_stat(txn, journal, &stat));
  printf("sum %ld, accounts %016lx, journal %zu\n", total(txn), hash, stat.ms_entries);
  mdb_txn_abort(txn);
}

int main(int argc, char **argv) {
  MDB_txn *txn;
  pthread_t w[WRITERS], r[READERS];
  if (argc != 3)
    return 2;
  rounds = atoi(argv[2]);
  CHECK(mdb_env_create(&env));
  CHECK(mdb_env_set_maxdbs(env, 2));
  CHECK(mdb_env_set_mapsize(env, (size_t)256 << 20));
  CHECK(mdb_env_open(env, argv[1], MDB_NOSYNC, 0644));
  CHECK(mdb_txn_begin(env, NULL, 0, &txn));
  CHECK(mdb_dbi_open(txn, "accounts", MDB_CREATE | MDB_INTEGERKEY, &accounts));
  CHECK(mdb_dbi_open(txn, "journal", MDB_CREATE, &journal));
  for (unsigned i = 0; i < ACCOUNTS; i++)
    put(txn, i, START);
  CHECK(mdb_txn_commit(txn));
  for (size_t i = 0; i < WRITERS; i++)
    pthread_create(&w[i], NULL, writer, (void *)i);
  for (int g = 0; g < GENERATIONS; g++) { // slots of the reader table are used again
    for (int i = 0; i < READERS; i++)
      pthread_create(&r[i], NULL, reader, NULL);
    for (int i = 0; i < READERS; i++)
      pthread_join(r[i], NULL);
  }
  for (int i = 0; i < WRITERS; i++)
    pthread_join(w[i], NULL);
  print_state();
  mdb_env_close(env);
  return 0;
}
