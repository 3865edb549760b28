// The shadow stack and the stack of locals are right after exceptions.
// RUN: %cxx -O0 %s -o %t && %t | FileCheck %s
// RUN: %cxx -O2 -fno-inline %s -o %t && %t | FileCheck %s

int g;
void sink(int *);
struct Guard {
  ~Guard() { g = 7; }
};
void thrower(int depth) {
  int lost = depth;
  sink(&lost);
  Guard guard;
  if (depth)
    thrower(depth - 1);
  throw 1;
}
int *kept;
void sink(int *p) { kept = p; }

int main() {
  try {
    thrower(2);
  } catch (int) {
    // CHECK: [1] write4 {{.*}} in main {{.*}} depth 1{{$}}
    g = 1;
  }
  // CHECK: [2] write4 {{.*}} in main {{.*}} depth 1{{$}}
  g = 2;
  // CHECK: depth at exit 0
}
