#include <mutex>

static std::mutex m;
int get(int);

int early(int a) {
  m.lock();
  if (get(a))
    return 1; // Warn
  m.unlock();
  return 0;
}

int guarded(int a) {
  std::lock_guard<std::mutex> guard(m);
  if (get(a))
    return 1; // OK
  return 0;
}
