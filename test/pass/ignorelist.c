// RUN: echo 'fun:quiet*' > %t.list
// RUN: %cc -O0 -fredflag-ignorelist=%t.list %s -o %t && %t | FileCheck %s
// RUN: echo 'src:*ignorelist.c' > %t.list
// RUN: %cc -O0 -fredflag-ignorelist=%t.list %s -o %t && %t | FileCheck %s --check-prefix=ALL
// RUN: not %cc -c -fredflag-ignorelist=%t.none %s -o %t.o 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: redflag-cc: error: cannot read ignore list {{.*}}: No such file or directory
// NONE-NOT: {{.}}

int g;
void quiet_one(void) { g = 1; }
void loud(void) { g = 2; }
// CHECK-NOT: [1] write4
// CHECK: [2] write4
// ALL-NOT: write4
int main(void) {
  quiet_one();
  loud();
}
