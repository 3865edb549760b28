#include <atomic>
#include <mutex>

struct thing {};
static std::mutex m;
static thing *only;
static std::atomic<thing *> safe;

thing *instance() {
  if (!only) { // Warn
    std::lock_guard<std::mutex> guard(m);
    if (!only)
      only = new thing;
  }
  return only;
}

thing *fine() {
  if (!safe) { // OK
    std::lock_guard<std::mutex> guard(m);
    if (!safe)
      safe = new thing;
  }
  return safe;
}
