// Misuse of locks, threads and signals, as findings. Each call is made inside the runtime.
#ifndef RF_MISUSE_H
#define RF_MISUSE_H

#include "rf_order.h"
#include "rf_runtime.h"

// kind: the API's word for the lock, "mutex".
void rf_misuse_unlock(struct rf_self *s, uintptr_t lock, const char *kind);          // by who does not hold it
void rf_misuse_double_lock(struct rf_self *s, const struct rf_held *held);
void rf_misuse_invalid(struct rf_self *s, uintptr_t lock, const char *kind, bool destroyed);
void rf_misuse_destroy(struct rf_self *s, uintptr_t lock, const char *kind);         // while it is locked
void rf_misuse_free(struct rf_self *s, const struct rf_held *held);                  // of memory with a lock held
void rf_misuse_two_mutexes(struct rf_self *s, uintptr_t cond, uintptr_t mutex, uintptr_t other, rf_place other_at);
void rf_misuse_order(const struct rf_order_cycle *cycle);
void rf_misuse_leak(const struct rf_lthread *thread); // it has ended and was neither joined nor detached
void rf_misuse_handler_errno(struct rf_self *s, int signal);
void rf_misuse_handler_call(struct rf_self *s);

#endif
