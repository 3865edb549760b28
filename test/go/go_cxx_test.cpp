// The public headers from C++: callables, channels of classes, atomics. Exit status 0 when all is well.
#define REDFLAG_NO_KEYWORDS
#include <redflag/go.h>

#include <memory>

namespace {

struct Point {
  int x, y;
};

int sumOfSquares() {
  go_wg wg = {};
  int sum = 0;
  for (int i = 1; i <= 10; i++) {
    go_wg_add(&wg, 1);
    redflag::go([&wg, &sum, i] {
      go_add(&sum, i * i);
      go_wg_done(&wg);
    });
  }
  go_wg_wait(&wg);
  return sum;
}

int pointsThroughChannel() {
  chan(Point) points = go_make(Point, 0);
  redflag::go_call([points] {
    for (int i = 0; i < 5; i++)
      go_send(points, (Point{i, -i}));
    go_close(points);
  });
  int sum = 0;
  go_range(p, points) sum += p.x - p.y;
  go_free(points);
  return sum;
}

bool selects() {
  chan(int) c = go_make(int, 1);
  int sent = 3, got = 0;
  bool ok = go_select(GO_RECV(c, &got), GO_SEND(c, &sent)) == 1;
  ok = ok && go_select(GO_RECV(c, &got), GO_TIMEOUT(GO_SECOND)) == 0 && got == 3;
  ok = ok && go_select(GO_RECV(c, &got), GO_DEFAULT) == 1;
  go_free(c);
  return ok && go_cas(&sent, 3, 4);
}

} // namespace

int main() { return sumOfSquares() == 385 && pointsThroughChannel() == 20 && selects() ? 0 : 1; }
