#include <condition_variable>

static std::mutex m;
static std::condition_variable c;
static bool ready;

void once() {
  std::unique_lock<std::mutex> lock(m);
  if (!ready)
    c.wait(lock); // Warn
}

void loops() {
  std::unique_lock<std::mutex> lock(m);
  while (!ready)
    c.wait(lock); // OK
  c.wait(lock, [] { return ready; }); // OK: the loop is inside
}
