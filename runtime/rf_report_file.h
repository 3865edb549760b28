// The file of reports that report_path asks for: one per process, JSON Lines (detector/report/rf_json.h).
// Invariant: each line is one write at the file's end, so that a process may die at any moment and leave all
// lines but perhaps a part of the last; after a write that failed there are no more.
#ifndef RF_REPORT_FILE_H
#define RF_REPORT_FILE_H

#include "rf_text.h"

// Creates the file and writes the line of the process; refuses to go on if it cannot be. No report_path: does
// nothing.
void rf_report_file_init(void);
// Whether lines are wanted: report_path is set, and nothing has gone wrong yet.
bool rf_report_file_wanted(void);
// Writes one line, after that of the process if it is the first of this process. The first failure is told in
// one line on stderr.
void rf_report_file_put(const struct rf_text *line);
// In a child of fork, which has a file of its own, made when it has something to write.
void rf_report_file_after_fork(void);

// Appends the line of this process.
void rf_report_file_process(struct rf_text *out);
uint64_t rf_report_file_now_ms(void); // since 1970

#endif
