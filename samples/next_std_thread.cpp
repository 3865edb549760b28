// verdict: racy
// race-in: next
// output-any: 1|2|3
// next.c in C++ threads.
#include <cstdio>
#include <thread>

static void next(int &v) {
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
