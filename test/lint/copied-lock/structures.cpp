#include <pthread.h>
#include <vector>

struct pool {
  pthread_cond_t ready;
  int n;
};

int sum(const std::vector<pool> &all) {
  int n = 0;
  for (const pool &p : all) // OK
    n += p.n;
  return n;
}

int copy(pool &from) {
  pool to = from; // Warn
  to = from;      // Warn
  pool &same = from; // OK
  return to.n + same.n;
}
