// What the files about OpenMP share.
#ifndef RF_OPENMP_H
#define RF_OPENMP_H

extern const void *rf_openmp_code; // an address in the OpenMP runtime that has asked for its tool; NULL: none has

#endif
