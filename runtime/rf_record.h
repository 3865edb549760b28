// Start and end of recording mode; nothing in other builds.
#ifndef RF_RECORD_H
#define RF_RECORD_H

#ifdef RF_RECORD
void rf_record_init(void);
void rf_record_finish(void);
#else
static inline void rf_record_init(void) {}
static inline void rf_record_finish(void) {}
#endif

#endif
