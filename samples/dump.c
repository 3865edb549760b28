// verdict: clean
// output: goroutine 1 [running]:
// output: 	main
// output:
// output: goroutine 2 [chan receive]:
// output: 	serve
// go_dump lists what every goroutine is doing; Ctrl-\ does the same and ends the program.
#include <redflag/go.h>

static void serve(chan(int) requests) {
  go_recv(requests);
  go_recv(requests);
}

int main(void) {
  chan(int) requests = go_make(int, 0);
  go serve(requests);
  go_send(requests, 1);
  go_sleep(GO_SECOND / 5);
  go_dump(1);
}
