// The list of goroutines for people: on request and on SIGQUIT.
#ifndef GO_DUMP_H
#define GO_DUMP_H

// From now on SIGQUIT ends the program with the list, unless the program does something else with that signal.
void rf_go_dump_on_quit(void);

#endif
