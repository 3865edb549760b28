// verdict: racy
// race-in: next
// output-any: 1|2|3
// next.c in C++, with goroutines that run callables.
#include <cstdio>
#include <redflag/go.h>

static void next(int &v) {
  int c = v;
  v = c + 1;
}

int main() {
  int a = 0;
  go_wg wg = {};
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    redflag::go_call([&] {
      next(a);
      go_wg_done(&wg);
    });
  }
  go_wg_wait(&wg);
  std::printf("%d\n", a);
}
