// verdict: clean
// output-any: |hello
// A goroutine that nobody waits for. When main returns the program ends, whatever else still runs, so the
// greeting may never appear. That is a mistake, but no data race: the two share no memory.
#include <redflag/go.h>
#include <stdio.h>

static void greet(void) { puts("hello"); }

int main(void) { go greet(); }
