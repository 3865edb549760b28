// Stores of vtable pointers have an entry of their own: a destructor that stores what is there already reads.
// RUN: %cxx -O0 %s -o %t && %t | FileCheck %s
// RUN: %clang -O1 -S -emit-llvm %s -o - | FileCheck %s --check-prefix=IR

struct Base {
  virtual ~Base() { sink(this); }
  __attribute__((noinline)) static void sink(Base *);
};
struct Derived : Base {
  ~Derived() override { sink(this); }
};
Base *kept;
void Base::sink(Base *b) { kept = b; }

// IR-LABEL: @make(
// IR: call void @__rf_vptr_write(ptr {{.*}}@_ZTV7Derived
extern "C" Base *make() { return new Derived; }

int main() {
  // CHECK: vptr at {{.*}} in Base::Base {{.*}} kind 7
  // CHECK: vptr at {{.*}} in Derived::Derived
  // CHECK: vptr at {{.*}} in Derived::~Derived
  // CHECK: vptr at {{.*}} in Base::~Base
  delete new Derived;
}
