// Lines are in the reports, but debug information is in the object only when it was asked for.
// RUN: %cc -c %s -o %t.o && llvm-readelf -S %t.o | FileCheck %s --check-prefix=NONE
// RUN: %cc -c -g0 %s -o %t.o && llvm-readelf -S %t.o | FileCheck %s --check-prefix=NONE
// RUN: %cc -c -O2 -fno-redflag %s -o %t.o && llvm-readelf -S %t.o | FileCheck %s --check-prefixes=NONE,PLAIN
// RUN: %cc -c -g %s -o %t.o && llvm-readelf -S %t.o | FileCheck %s --check-prefix=SOME
// RUN: %cc -c -gline-tables-only %s -o %t.o && llvm-readelf -S %t.o | FileCheck %s --check-prefix=SOME
// NONE-NOT: .debug_info
// PLAIN-NOT: redflag_module
// SOME: .debug_info
int g;
int main(void) { return g; }
