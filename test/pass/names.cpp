// Functions and types are named as the programmer writes them.
// RUN: %cxx -O0 %s -o %t && %t | FileCheck %s

int g;
namespace ns {
template <class T> struct Queue {
  T *slot;
  void push(T v) { *slot = v; }
};
namespace {
void hidden() { g = 2; }
} // namespace
enum Color { Red };
Color color;
} // namespace ns
struct Pair { int a, b; } pair;
typedef unsigned long word;
word w;
int (*fn)(int);
const char *text;

int main() {
  ns::Queue<int> q{&g};
  // CHECK: write4 at names.cpp:{{.*}} in ns::Queue<int>::push expr `*slot` type `int`
  q.push(1);
  // CHECK: write4 {{.*}} in ns::(anonymous namespace)::hidden expr `g`
  ns::hidden();
  // CHECK: write4 {{.*}} expr `ns::color` type `{{(ns::)?}}Color`
  ns::color = ns::Red;
  // CHECK: write4 {{.*}} expr `pair.b` type `int`
  pair.b = 1;
  // CHECK: write8 {{.*}} expr `w` type `word`
  w = 1;
  // CHECK: write8 {{.*}} expr `fn` type `int (*)(int)`
  fn = nullptr;
  // CHECK: write8 {{.*}} expr `text` type `const char *`
  text = "x";
  // Long texts are cut.
  // CHECK: write4 {{.*}} expr `g > 1000000000 ? pair.a : g < -1000000000 ? pair.b : {{.*}}...`
  (g > 1000000000 ? pair.a : g < -1000000000 ? pair.b : g == 100000000 ? pair.a : pair.b) = 3;
}
