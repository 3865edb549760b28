// verdict: racy
// race-in: deposit
// buffered_semaphore.c with room for two tokens: now two may be in at once.
#include <redflag/go.h>
#include <stdio.h>

struct account {
  chan(char) token;
  int balance;
  go_wg wg;
};

static void deposit(struct account *a) {
  go_send(a->token, 1);
  a->balance++;
  go_recv(a->token);
  go_wg_done(&a->wg);
}

int main(void) {
  struct account a = {go_make(char, 2), 0, {0}};
  for (int i = 0; i < 10; i++) {
    go_wg_add(&a.wg, 1);
    go deposit(&a);
  }
  go_wg_wait(&a.wg);
  printf("%d\n", a.balance);
  go_free(a.token);
}
