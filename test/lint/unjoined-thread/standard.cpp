#include <thread>
#include <utility>

void work();
void take(std::thread);

void forgotten() {
  std::thread t(work); // Warn
}

void joined() {
  std::thread t(work); // OK
  t.join();
}

void moved() {
  std::thread t(work); // OK
  take(std::move(t));
}
