// The module record lists the variables that could race.
// RUN: %cxx -O0 %s -o %t && %t | FileCheck %s

// CHECK: module abi 1 with 5 variables
// CHECK-DAG: variable counter type `int` func - line [[@LINE+1]] size 4
int counter;
// CHECK-DAG: variable ns::table type `ns::Slot[4]` func - line [[@LINE+1]] size 64
namespace ns { struct Slot { long a, b; }; Slot table[4]; }
// CHECK-DAG: variable (anonymous namespace)::hidden type `double` func - line [[@LINE+1]]
namespace { double hidden; }
const int constant = 3;
thread_local int per_thread;
template <class T> struct Holder { static T shared; };
// CHECK-DAG: variable Holder<int>::shared type `int` func - line [[@LINE+1]]
template <class T> T Holder<T>::shared;

int main() {
  // CHECK-DAG: variable calls type `unsigned int` func main line [[@LINE+1]] size 4
  static unsigned calls;
  calls++;
  per_thread = Holder<int>::shared;
  hidden = ns::table[1].a + constant;
  return 0;
}
