// Drives SQLite from many threads: some with a connection each to one database file in WAL mode, some
// sharing one serialized connection to another. Usage: sqlite_driver FOLDER ROUNDS; prints the final state.
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ACCOUNTS = 200, START = 1000, WRITERS = 2, READERS = 2, SHARERS = 3 };

static char own_file[1024], shared_file[1024];
static sqlite3 *shared;
static int rounds;

static void stop(sqlite3 *db, const char *what) {
  fprintf(stderr, "sqlite_driver: %s: %s\n", what, sqlite3_errmsg(db));
  exit(1);
}

static void run(sqlite3 *db, const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL))
    stop(db, sql);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
  sqlite3_stmt *s;
  if (sqlite3_prepare_v2(db, sql, -1, &s, NULL))
    stop(db, sql);
  return s;
}

static sqlite3 *open_file(const char *name) {
  sqlite3 *db;
  if (sqlite3_open_v2(name, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, NULL))
    stop(db, name);
  sqlite3_busy_timeout(db, 600000);
  run(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF");
  return db;
}

// Runs a statement with up to three numbers bound; returns the first column of its first row.
static long long step(sqlite3_stmt *s, long long a, long long b, long long c) {
  long long result = 0;
  const long long bound[] = {a, b, c};
  for (int i = 0; i < sqlite3_bind_parameter_count(s); i++)
    sqlite3_bind_int64(s, i + 1, bound[i]);
  int r = sqlite3_step(s);
  if (r == SQLITE_ROW)
    result = sqlite3_column_int64(s, 0);
  while (r == SQLITE_ROW)
    r = sqlite3_step(s);
  if (r != SQLITE_DONE)
    stop(sqlite3_db_handle(s), sqlite3_sql(s));
  sqlite3_reset(s);
  return result;
}

static void *writer(void *arg) {
  unsigned seed = 1 + (unsigned)(size_t)arg;
  sqlite3 *db = open_file(own_file);
  sqlite3_stmt *change = prepare(db, "UPDATE account SET amount = amount + ?1 WHERE id = ?2");
  sqlite3_stmt *note = prepare(db, "INSERT INTO journal(thread, amount, note) VALUES(?1, ?2, printf('%d moved', ?3))");
  for (int i = 0; i < rounds; i++) {
    run(db, "BEGIN IMMEDIATE");
    for (int k = 0; k < 4; k++) {
      const long long amount = rand_r(&seed) % 10;
      step(change, -amount, rand_r(&seed) % ACCOUNTS, 0);
      step(change, amount, rand_r(&seed) % ACCOUNTS, 0);
      step(note, (long long)(size_t)arg, amount, i);
    }
    run(db, i % 10 == 9 ? "ROLLBACK" : "COMMIT");
  }
  sqlite3_finalize(change);
  sqlite3_finalize(note);
  sqlite3_close(db);
  return NULL;
}

static void *reader(void *arg) {
  (void)arg;
  sqlite3 *db = open_file(own_file);
  sqlite3_stmt *sum = prepare(db, "SELECT sum(amount) FROM account");
  sqlite3_stmt *top = prepare(db, "SELECT count(*) FROM (SELECT thread, note, sum(amount) AS s FROM journal "
                                  "GROUP BY thread, note ORDER BY s DESC LIMIT 20)");
  for (int i = 0; i < rounds / 4; i++) {
    const long long found = step(sum, 0, 0, 0);
    if (found != ACCOUNTS * START) {
      fprintf(stderr, "sqlite_driver: a reader sees %lld\n", found);
      exit(1);
    }
    if (i % 8 == 0)
      step(top, 0, 0, 0);
  }
  sqlite3_finalize(sum);
  sqlite3_finalize(top);
  sqlite3_close(db);
  return NULL;
}

static void *sharer(void *arg) {
  sqlite3_stmt *add = prepare(shared, "INSERT INTO word(text, n) VALUES(hex(?1 * 7919 % 1009), ?2) "
                                      "ON CONFLICT(text) DO UPDATE SET n = n + ?2");
  sqlite3_stmt *find = prepare(shared, "SELECT count(*) FROM word WHERE text LIKE '3%' AND n > ?1");
  for (int i = 0; i < rounds; i++) {
    step(add, i, (long long)(size_t)arg, 0);
    if (i % 16 == 0)
      step(find, i, 0, 0);
  }
  sqlite3_finalize(add);
  sqlite3_finalize(find);
  return NULL;
}

static void *(*const role[])(void *) = {writer, writer, reader, reader, sharer, sharer, sharer};
enum { THREADS = WRITERS + READERS + SHARERS };
_Static_assert(sizeof role / sizeof *role == THREADS, "a role for each thread");

static long long ask(sqlite3 *db, const char *sql) {
  sqlite3_stmt *s = prepare(db, sql);
  const long long found = step(s, 0, 0, 0);
  sqlite3_finalize(s);
  return found;
}

int main(int argc, char **argv) {
  pthread_t t[THREADS];
  if (argc != 3)
    return 2;
  rounds = atoi(argv[2]);
  snprintf(own_file, sizeof own_file, "%s/own.db", argv[1]);
  snprintf(shared_file, sizeof shared_file, "%s/shared.db", argv[1]);
  sqlite3 *db = open_file(own_file);
  run(db, "CREATE TABLE account(id INTEGER PRIMARY KEY, amount INT);"
          "CREATE TABLE journal(thread INT, amount INT, note TEXT);"
          "CREATE INDEX by_note ON journal(note)");
  sqlite3_stmt *first = prepare(db, "INSERT INTO account VALUES(?1, ?2)");
  run(db, "BEGIN");
  for (int i = 0; i < ACCOUNTS; i++)
    step(first, i, START, 0);
  run(db, "COMMIT");
  sqlite3_finalize(first);
  shared = open_file(shared_file);
  run(shared, "CREATE TABLE word(text TEXT PRIMARY KEY, n INT)");
  for (size_t i = 0; i < THREADS; i++)
    pthread_create(&t[i], NULL, role[i], (void *)i);
  for (int i = 0; i < THREADS; i++)
    pthread_join(t[i], NULL);
  printf("sum %lld, weighted %lld\n", ask(db, "SELECT sum(amount) FROM account"),
         ask(db, "SELECT sum(amount * id) FROM account"));
  printf("journal %lld, amounts %lld\n", ask(db, "SELECT count(*) FROM journal"), ask(db, "SELECT sum(amount * thread) FROM journal"));
  printf("words %lld, n %lld\n", ask(shared, "SELECT count(*) FROM word"), ask(shared, "SELECT sum(n) FROM word"));
  printf("intact %lld\n", ask(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"));
  sqlite3_close(shared);
  sqlite3_close(db);
  return 0;
}
