// The public headers from C++: callables, channels of classes, atomics, contexts, timers, groups, panics. Exit
// status 0 when all is well.
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

int bodyOfGroup(void *p) { return *static_cast<int *>(p); }
void panicWith(void *p) { go_panic("%d", *static_cast<int *>(p)); }

bool timesOut() {
  go_ctx *ctx = go_ctx_with_timeout(go_ctx_background(), GO_MILLISECOND);
  chan(int64_t) ticks = go_make(int64_t, 1);
  go_timer ticker = go_ticker(ticks, GO_MILLISECOND);
  bool ok = go_recv(ticks) > 0 && go_timer_stop(ticker);
  ok = ok && go_select(GO_RECV(go_ctx_done(ctx), NULL), GO_TIMEOUT(GO_MINUTE)) == 0 && go_ctx_err(ctx) != 0;
  go_free(ticks);
  go_ctx_free(ctx);
  return ok;
}

bool fails() {
  go_group group = {};
  go_pool pool = {};
  int error = 5;
  go_pool_put(&pool, &error);
  go_group_go(&group, bodyOfGroup, go_pool_get(&pool));
  return go_group_wait(&group) == 5 && go_try(panicWith, &error)[0] == '5';
}

} // namespace

int main() {
  return sumOfSquares() == 385 && pointsThroughChannel() == 20 && selects() && timesOut() && fails() ? 0 : 1;
}
