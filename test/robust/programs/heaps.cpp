// Heaps of C++ that are not the C library's.
// row: a malloc of the program's own | flags=-DCASE=1 | in=touch_raced
// row: operators of the program's own, the basic ones | flags=-DCASE=2 | in=touch_raced
// row: operators of the program's own, linked statically | flags=-DCASE=2 -static-libstdc++ | in=touch_raced
// row: preloaded jemalloc | flags=-DCASE=3 | in=touch_raced | needs=/usr/lib/*/libjemalloc.so.2 | under=LD_PRELOAD=libjemalloc.so.2 exec
// row: preloaded tcmalloc | flags=-DCASE=3 | in=touch_raced | needs=/usr/lib/*/libtcmalloc_minimal.so.4 | under=LD_PRELOAD=libtcmalloc_minimal.so.4 exec
// row: the C++ library linked statically | flags=-DCASE=3 -static-libstdc++ -static-libgcc | in=touch_raced
// row: no memory | flags=-DCASE=4 | in=touch_raced
// row: no memory, the C++ library linked statically | flags=-DCASE=4 -static-libstdc++ | in=touch_raced
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>
extern "C" {
#include "../robust.h"
}
#include <sys/mman.h>

#if CASE == 1
// Each block a mapping of its own, at the very beginning of a page: nothing can be read before it.
struct size {
  void *p;
  size_t n;
};
static size table[1 << 16];
static unsigned used;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static void *reserve(size_t n) {
  char *p = static_cast<char *>(mmap(nullptr, (n + 4095 & ~size_t(4095)) + 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (p == MAP_FAILED || mprotect(p + 4096, n + 4095 & ~size_t(4095), PROT_READ | PROT_WRITE))
    return nullptr;
  return p + 4096;
}
extern "C" {
void *malloc(size_t n) {
  n += !n;
  void *p = reserve(n);
  pthread_mutex_lock(&m);
  if (used == sizeof table / sizeof *table)
    p = nullptr;
  if (p)
    table[used++] = {p, n};
  pthread_mutex_unlock(&m);
  return p;
}
void free(void *) {}
void *calloc(size_t n, size_t each) { return malloc(n * each); }
static size_t size_of(void *p) {
  size_t n = 0;
  pthread_mutex_lock(&m);
  for (unsigned i = 0; i < used; i++)
    if (table[i].p == p)
      n = table[i].n;
  pthread_mutex_unlock(&m);
  return n;
}
void *realloc(void *p, size_t n) {
  void *q = malloc(n);
  if (p && q) {
    const size_t old = size_of(p);
    memcpy(q, p, old < n ? old : n);
  }
  return q;
}
}
#endif

#if CASE == 2
// Shifted, so that free() must not see what they give.
static size_t live;
void *operator new(size_t n) {
  char *p = static_cast<char *>(malloc(n + 64));
  if (!p)
    throw std::bad_alloc();
  __atomic_fetch_add(&live, 1, __ATOMIC_RELAXED);
  return p + 64;
}
void operator delete(void *p) noexcept {
  if (!p)
    return;
  __atomic_fetch_sub(&live, 1, __ATOMIC_RELAXED);
  free(static_cast<char *>(p) - 64);
}
#endif

struct alignas(128) Wide {
  int x[32];
};

__attribute__((noinline)) static void use_all() {
  delete new int(1);
  delete[] new int[100];
  delete new (std::nothrow) int(2);
  delete[] new (std::nothrow) int[10];
  auto *w = new Wide[3];
  MUST(reinterpret_cast<uintptr_t>(w) % 128 == 0);
  delete[] w;
  delete new Wide;
  std::map<int, std::string> map;
  for (int i = 0; i < 50; i++)
    map[i] = std::string(100, 'x');
  std::vector<std::unique_ptr<Wide>> list;
  for (int i = 0; i < 20; i++)
    list.push_back(std::make_unique<Wide>());
}

static thread_local char *volatile sink; // else the compiler may leave out what is not used

static void *run(void *arg) {
#if CASE == 4
  for (int i = 0; i < 3; i++) {
    volatile size_t n = size_t(1) << 50;
    bool caught = false;
    try {
      sink = new char[n];
    } catch (const std::bad_alloc &) {
      caught = true;
    }
    MUST(caught);
    sink = new (std::nothrow) char[n];
    MUST(!sink);
  }
#else
  for (int i = 0; i < 3; i++)
    use_all();
#endif
  touch_raced();
  return arg;
}

int main() {
  run_two(run, run, nullptr);
#if CASE == 2
  use_all();
  const size_t before = live;
  use_all();
  MUST(live == before);
#endif
}
