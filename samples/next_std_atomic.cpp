// verdict: clean
// output: 3
// next_std_thread.cpp mended with an atomic.
#include <atomic>
#include <cstdio>
#include <thread>

static void next(std::atomic<int> &v) { v++; }

int main() {
  std::atomic<int> a{0};
  std::thread threads[3];
  for (std::thread &t : threads)
    t = std::thread([&a] { next(a); });
  for (std::thread &t : threads)
    t.join();
  std::printf("%d\n", a.load());
}
