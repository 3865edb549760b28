// Each plain access calls the slow path of its size, with the value, the text and the type.
// RUN: %cc -O0 %s -o %t && %t | FileCheck %s

struct foo {
  char tag;
  short half;
  int word;
  long wide;
  float single;
  double twice;
  void *ptr;
};
struct foo g;
int array[10];

__attribute__((noinline)) void store(struct foo *f) {
  // CHECK: [41] write1 at plain.c:[[@LINE+1]]:10 in store expr `f->tag` type `char` kind 2 size 1
  f->tag = 'A';
  // CHECK: [fffe] write2 at plain.c:[[@LINE+1]]:11 in store expr `f->half` type `short` kind 2 size 2
  f->half = -2;
  // CHECK: [7] write4 at {{.*}} expr `f->word` type `int` kind 2 size 4
  f->word = 7;
  // CHECK: [ffffffffffffffff] write8 at {{.*}} expr `f->wide` type `long` kind 2 size 8
  f->wide = -1;
  // CHECK: [3f800000] write4 at {{.*}} expr `f->single` type `float`
  f->single = 1.0f;
  // CHECK: [3ff0000000000000] write8 at {{.*}} expr `f->twice` type `double`
  f->twice = 1.0;
  // CHECK: [{{[1-9a-f][0-9a-f]+}}] write8 at {{.*}} expr `f->ptr` type `void *`
  f->ptr = f;
}

__attribute__((noinline)) int load(int i) {
  // CHECK: read4 at plain.c:[[@LINE+1]]:10 in load expr `array[i]` type `int` kind 1 size 4
  return array[i];
}

int main(void) {
  store(&g);
  load(2);
  // A compound assignment reads and writes at its operator; the write's check is enough.
  // CHECK-NEXT: [5] write4 at plain.c:[[@LINE+1]]:12 in main expr `array[3]`
  array[3] += 5;
  load(2);
  // CHECK: [6] write4 at plain.c:[[@LINE+1]]:11 in main expr `array[3]`
  array[3]++;
  // CHECK: depth at exit 0
}
