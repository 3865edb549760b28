// Micro-kernels of the bench: kernels NAME runs one with two threads at work (`serial`: with none). Each is
// sized to some tenths of a second natively.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 2 };

struct kernel {
  const char *name;
  void (*setup)(void);
  void (*work)(int thread);
};

static uint32_t rnd(uint32_t *s) {
  *s ^= *s << 13;
  *s ^= *s >> 17;
  return *s ^= *s << 5;
}

static volatile long result; // what the compiler may not drop; main adds

static long sums[THREADS][16];

// ---- Dense loops ----

enum { STREAM = 1 << 20 };
static double *stream_a[THREADS], *stream_b[THREADS], *stream_c[THREADS];
static void stream_setup(void) {
  for (int t = 0; t < THREADS; t++) {
    stream_a[t] = calloc(STREAM, sizeof(double));
    stream_b[t] = calloc(STREAM, sizeof(double));
    stream_c[t] = calloc(STREAM, sizeof(double));
  }
}
static void stream(int t) {
  double *a = stream_a[t], *b = stream_b[t], *c = stream_c[t];
  for (int round = 0; round < 60; round++)
    for (int i = 0; i < STREAM; i++)
      a[i] = b[i] + 3.0 * c[i] + round;
  sums[t][0] += (long)a[7];
}

enum { N = 220 };
static double mat[THREADS][3][N][N];
static void matmul(int t) {
  for (int round = 0; round < 12; round++)
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++) {
        double s = 0;
        for (int k = 0; k < N; k++)
          s += mat[t][0][i][k] * mat[t][1][k][j];
        mat[t][2][i][j] = s;
      }
}

static int grid[THREADS][2][512][512];
static void stencil(int t) {
  for (int round = 0; round < 200; round++) {
    int(*from)[512] = grid[t][round & 1], (*to)[512] = grid[t][!(round & 1)];
    for (int i = 1; i < 511; i++)
      for (int j = 1; j < 511; j++)
        to[i][j] = (from[i - 1][j] + from[i + 1][j] + from[i][j - 1] + from[i][j + 1] + 4 * from[i][j]) >> 3;
  }
}

// ---- Bytes, hashing, sorting ----

enum { TEXT = 1 << 22 };
static unsigned char *text[THREADS];
static void text_setup(void) {
  uint32_t s = 1;
  for (int t = 0; t < THREADS; t++) {
    text[t] = malloc(TEXT);
    for (int i = 0; i < TEXT; i++)
      text[t][i] = (unsigned char)(rnd(&s) % 96 + 32);
  }
}
static void byte_scan(int t) {
  long words = 0;
  for (int round = 0; round < 24; round++) {
    int in = 0;
    for (int i = 0; i < TEXT; i++) {
      const int letter = text[t][i] > 64;
      words += letter && !in;
      in = letter;
    }
  }
  sums[t][0] += words;
}

enum { SLOTS = 1 << 16 };
static struct entry {
  uint64_t key;
  uint32_t count, next;
} *table[THREADS];
static void hash_setup(void) {
  for (int t = 0; t < THREADS; t++)
    table[t] = calloc(SLOTS, sizeof **table);
}
static void hash_table(int t) {
  uint32_t s = 17 + (uint32_t)t;
  for (int i = 0; i < 5000000; i++) {
    const uint64_t key = rnd(&s) % 40000 + 1;
    uint32_t at = (uint32_t)(key * 0x9e3779b97f4a7c15u >> 48);
    while (table[t][at].key && table[t][at].key != key)
      at = (at + 1) % SLOTS;
    table[t][at].key = key;
    table[t][at].count++;
  }
}

enum { SORT = 400000 };
static int *sort_data[THREADS];
static void sort_setup(void) {
  for (int t = 0; t < THREADS; t++)
    sort_data[t] = malloc(SORT * sizeof(int));
}
static void sort_range(int *a, int lo, int hi) {
  while (lo < hi) {
    const int pivot = a[(lo + hi) / 2];
    int i = lo, j = hi;
    while (i <= j) {
      while (a[i] < pivot)
        i++;
      while (a[j] > pivot)
        j--;
      if (i <= j) {
        const int x = a[i];
        a[i++] = a[j];
        a[j--] = x;
      }
    }
    if (j - lo < hi - i) {
      sort_range(a, lo, j);
      lo = i;
    } else {
      sort_range(a, i, hi);
      hi = j;
    }
  }
}
static void quicksort(int t) {
  for (int round = 0; round < 5; round++) {
    uint32_t s = 5 + (uint32_t)round;
    for (int i = 0; i < SORT; i++)
      sort_data[t][i] = (int)rnd(&s);
    sort_range(sort_data[t], 0, SORT - 1);
  }
}

// ---- Pointers, allocation ----

struct tree {
  struct tree *left, *right;
  uint32_t key;
};
static struct tree *insert(struct tree *root, struct tree *n) {
  struct tree **at = &root;
  while (*at)
    at = n->key < (*at)->key ? &(*at)->left : &(*at)->right;
  *at = n;
  return root;
}
static void pointer_tree(int t) {
  uint32_t s = 11 + (uint32_t)t;
  enum { NODES = 60000 };
  struct tree *nodes = calloc(NODES, sizeof *nodes), *root = NULL;
  for (int i = 0; i < NODES; i++) {
    nodes[i].key = rnd(&s);
    root = insert(root, &nodes[i]);
  }
  long depth = 0;
  for (int i = 0; i < 1000000; i++) {
    const uint32_t key = rnd(&s);
    for (struct tree *n = root; n; n = key < n->key ? n->left : n->right)
      depth++;
  }
  sums[t][0] += depth;
  free(nodes);
}

static void allocation(int t) {
  void *live[256] = {0};
  uint32_t s = 3 + (uint32_t)t;
  for (int i = 0; i < 3000000; i++) {
    const uint32_t at = rnd(&s) % 256;
    free(live[at]);
    live[at] = malloc(16 + rnd(&s) % 200);
    *(int *)live[at] = i;
  }
  for (int i = 0; i < 256; i++)
    free(live[i]);
}

// ---- Control ----

static void interpreter(int t) {
  enum { ADD, SUB, JNZ, LOAD, STORE, HALT };
  static const unsigned char code[] = {LOAD, 1, ADD, 2, STORE, 1, LOAD, 0, SUB, 3, STORE, 0, JNZ, 0, HALT, 0};
  long memory[8] = {12000000, 0, 7, 1}, acc = 0;
  long *volatile escape = memory;
  long *m = escape;
  for (int pc = 0;;) {
    const int op = code[pc], arg = code[pc + 1];
    pc += 2;
    switch (op) {
    case ADD:
      acc += m[arg];
      break;
    case SUB:
      acc -= m[arg];
      break;
    case LOAD:
      acc = m[arg];
      break;
    case STORE:
      m[arg] = acc;
      break;
    case JNZ:
      if (acc)
        pc = arg;
      break;
    default:
      sums[t][0] += m[1];
      return;
    }
  }
}

__attribute__((noinline)) static long fib(long *calls, int n) {
  ++*calls;
  return n < 2 ? n : fib(calls, n - 1) + fib(calls, n - 2);
}
static void recursion(int t) { sums[t][0] += fib(&sums[t][8], 36); }

// ---- Synchronisation ----

static atomic_long counter, flags[64];
static void atomics(int t) {
  for (int i = 0; i < 3000000; i++) {
    atomic_fetch_add_explicit(&counter, 1, memory_order_relaxed);
    if (atomic_load_explicit(&flags[(i + t) % 64], memory_order_acquire) >= 0)
      atomic_store_explicit(&flags[i % 64], i, memory_order_release);
  }
}

enum { RING = 1024, ITEMS = 1000000 };
static struct {
  _Alignas(64) atomic_uint head;
  _Alignas(64) atomic_uint tail;
  long slot[RING];
} ring;
static void spsc_ring(int t) {
  for (long i = 0; i < ITEMS; i++) {
    if (t == 0) {
      const unsigned tail = atomic_load_explicit(&ring.tail, memory_order_relaxed);
      while (tail - atomic_load_explicit(&ring.head, memory_order_acquire) == RING)
        ;
      ring.slot[tail % RING] = i;
      atomic_store_explicit(&ring.tail, tail + 1, memory_order_release);
    } else {
      const unsigned head = atomic_load_explicit(&ring.head, memory_order_relaxed);
      while (head == atomic_load_explicit(&ring.tail, memory_order_acquire))
        ;
      sums[t][0] += ring.slot[head % RING];
      atomic_store_explicit(&ring.head, head + 1, memory_order_release);
    }
  }
}

static pthread_mutex_t one_lock = PTHREAD_MUTEX_INITIALIZER;
static long guarded[8];
static void locks_few(int t) {
  (void)t;
  for (int i = 0; i < 2000000; i++) {
    pthread_mutex_lock(&one_lock);
    guarded[i % 8]++;
    pthread_mutex_unlock(&one_lock);
  }
}

static struct account {
  pthread_mutex_t lock;
  long balance;
} accounts[4096];
static void accounts_setup(void) {
  for (int i = 0; i < 4096; i++)
    pthread_mutex_init(&accounts[i].lock, NULL);
}
static void locks_many(int t) {
  uint32_t s = 9 + (uint32_t)t;
  for (int i = 0; i < 3000000; i++) {
    struct account *a = &accounts[rnd(&s) % 4096];
    pthread_mutex_lock(&a->lock);
    a->balance++;
    pthread_mutex_unlock(&a->lock);
  }
}

static int read_table[1 << 14];
static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;
static void read_mostly(int t) {
  uint32_t s = 21 + (uint32_t)t;
  for (int i = 0; i < 1000000; i++) {
    if (i % 1000 == 999) {
      pthread_rwlock_wrlock(&table_lock);
      read_table[rnd(&s) % (1 << 14)]++;
      pthread_rwlock_unlock(&table_lock);
      continue;
    }
    pthread_rwlock_rdlock(&table_lock);
    const uint32_t at = rnd(&s) % (1 << 14) & ~63u;
    for (int k = 0; k < 64; k++)
      sums[t][0] += read_table[at + k];
    pthread_rwlock_unlock(&table_lock);
  }
}

static pthread_cond_t turn_changed = PTHREAD_COND_INITIALIZER;
static int turn;
static void cond_handoff(int t) {
  for (int i = 0; i < 60000; i++) {
    pthread_mutex_lock(&one_lock);
    while (turn != t)
      pthread_cond_wait(&turn_changed, &one_lock);
    turn = !t;
    pthread_cond_signal(&turn_changed);
    pthread_mutex_unlock(&one_lock);
  }
}

static void *nothing(void *arg) { return arg; }
static void thread_churn(int t) {
  (void)t;
  for (int i = 0; i < 4000; i++) {
    pthread_t id;
    pthread_create(&id, NULL, nothing, NULL);
    pthread_join(id, NULL);
  }
}

// ---- Without threads: what most of a test suite is ----

static void serial_setup(void) {
  stream_setup();
  text_setup();
  hash_setup();
  sort_setup();
}

static const struct kernel kernels[] = {
    {"stream", stream_setup, stream},
    {"matmul", NULL, matmul},
    {"stencil", NULL, stencil},
    {"byte_scan", text_setup, byte_scan},
    {"hash_table", hash_setup, hash_table},
    {"quicksort", sort_setup, quicksort},
    {"pointer_tree", NULL, pointer_tree},
    {"allocation", NULL, allocation},
    {"interpreter", NULL, interpreter},
    {"recursion", NULL, recursion},
    {"atomics", NULL, atomics},
    {"spsc_ring", NULL, spsc_ring},
    {"locks_few", NULL, locks_few},
    {"locks_many", accounts_setup, locks_many},
    {"read_mostly", NULL, read_mostly},
    {"cond_handoff", NULL, cond_handoff},
    {"thread_churn", NULL, thread_churn},
};
enum { KERNELS = sizeof kernels / sizeof *kernels };

static const struct kernel *chosen;
static void *thread_main(void *arg) {
  chosen->work((int)(intptr_t)arg);
  return NULL;
}

static void run_serial(void) {
  static void (*const parts[])(int) = {stream, matmul, byte_scan, hash_table, quicksort, pointer_tree, interpreter};
  serial_setup();
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    parts[i](0);
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "serial")) {
    run_serial();
    return 0;
  }
  for (int i = 0; argc == 2 && i < KERNELS; i++)
    if (!strcmp(argv[1], kernels[i].name))
      chosen = &kernels[i];
  if (!chosen) {
    for (int i = 0; i < KERNELS; i++)
      puts(kernels[i].name);
    puts("serial");
    return argc != 1;
  }
  if (chosen->setup)
    chosen->setup();
  pthread_t id[THREADS];
  for (int t = 0; t < THREADS; t++)
    pthread_create(&id[t], NULL, thread_main, (void *)(intptr_t)t);
  for (int t = 0; t < THREADS; t++)
    pthread_join(id[t], NULL);
  for (int t = 0; t < THREADS; t++)
    result += sums[t][0];
}
