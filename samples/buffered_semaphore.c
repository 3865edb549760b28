// verdict: clean
// output: 10
// A buffered channel as a lock: the k-th receive happens before the (k+1)-th send completes when there is room for
// one. Who has put his token in is alone until he takes it out.
#include <redflag/go.h>
#include <stdio.h>

struct account {
  chan(char) token;
  int balance; // whoever has a token in
  go_wg wg;
};

static void deposit(struct account *a) {
  go_send(a->token, 1);
  a->balance++;
  go_recv(a->token);
  go_wg_done(&a->wg);
}

int main(void) {
  struct account a = {go_make(char, 1), 0, {0}};
  for (int i = 0; i < 10; i++) {
    go_wg_add(&a.wg, 1);
    go deposit(&a);
  }
  go_wg_wait(&a.wg);
  printf("%d\n", a.balance);
  go_free(a.token);
}
