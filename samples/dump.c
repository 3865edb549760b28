// verdict: clean
// stderr: goroutine 1 [running]:
// stderr: 	main
// stderr: goroutine 2 [chan receive]:
// stderr: 	serve
// stderr: created by main in goroutine 1
// go_dump lists what every goroutine is doing, and who started it and where; Ctrl-\ does the same and ends the program.
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
  go_dump(2);
}
