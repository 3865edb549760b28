// Locals whose address escapes are known by name while their function runs.
// RUN: %cc -O0 %s -o %t && %t | FileCheck %s
// RUN: %cc -O2 %s -o %t && %t | FileCheck %s

__attribute__((noinline)) void touch(int *p) {
  *p = 1;
  __asm__ volatile("" : : "r"(p) : "memory");
}

__attribute__((noinline)) void inner(void) {
  int mine[3];
  touch(mine);
}

int main(void) {
  int total = 0, quiet = 5;
  // CHECK: write4 {{.*}} in touch {{.*}} local main:total:int:4{{$}}
  touch(&total);
  // CHECK: write4 {{.*}} in touch {{.*}} local main:total:int:4 local inner:mine:int[3]:12{{$}}
  inner();
  // CHECK: write4 {{.*}} in touch {{.*}} local main:total:int:4{{$}}
  touch(&total);
  return quiet - 5;
}
