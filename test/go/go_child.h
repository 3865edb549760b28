// Bodies that end their process run in a child of the test.
#ifndef GO_CHILD_H
#define GO_CHILD_H

#define CHILD_SAID_BYTES (1 << 18)
extern char child_said[CHILD_SAID_BYTES]; // the beginning of what the last child wrote to stderr

// Runs body in a child, which then ends with status 0. Returns its exit status, 128 and the signal's number if one
// ended it; one that hangs is ended by SIGALRM.
int child_run(void (*body)(void));
// Runs body and expects status 2 and a text that begins so.
void child_ends(void (*body)(void), const char *message);
// The last child wrote this somewhere.
void child_says(const char *part);

#endif
