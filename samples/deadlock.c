// verdict: clean
// exit: 2
// stderr: fatal error: all goroutines are asleep - deadlock!
// main waits for a value that nobody will ever send. The library notices that all are asleep and ends the
// program, saying who waits for what.
#include <redflag/go.h>

int main(void) {
  chan(int) c = go_make(int, 0);
  go_recv(c);
}
