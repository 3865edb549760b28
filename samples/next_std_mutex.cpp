// verdict: clean
// output: 3
// next_std_thread.cpp mended with a mutex.
#include <cstdio>
#include <mutex>
#include <thread>

static std::mutex mutex;

static void next(int &v) {
  std::lock_guard<std::mutex> guard(mutex);
  int c = v;
  v = c + 1;
}

int main() {
  int a = 0;
  std::thread threads[3];
  for (std::thread &t : threads)
    t = std::thread([&a] { next(a); });
  for (std::thread &t : threads)
    t.join();
  std::printf("%d\n", a);
}
