// OpenMP tasks whose memory is given from one to the next: private data that tasks write, objects with
// constructors and destructors, loops of tasks, reductions over a group of tasks; many rounds, so that it is.
// REQUIRES: archer
// RUN: %cxx -fopenmp -g -O1 %s -o %t
// RUN: for c in private object untied loop plain-loop reduction nested mixed; do %clean -n 3 %t $c || exit 1; done
// RUN: %racy %t racy-loop && %racy %t racy-object && %racy %t racy-reduction
// RUN: clang++-19 -fopenmp -g -O1 -fsanitize=thread -c %s -o %t.o && %cxx -fopenmp %t.o -o %t.foreign
// RUN: for c in private object loop plain-loop reduction mixed; do %clean -n 2 %t.foreign $c || exit 1; done && %racy %t.foreign racy-loop
#include <cstdlib>
#include <cstring>
#include <string>

struct Object {
  long v[9];
  Object() { memset(v, 0, sizeof v); }
  Object(const Object &o) {
    memcpy(v, o.v, sizeof v);
    v[0]++;
  }
  ~Object() { v[0] = -1; }
};

static const char *what;
static bool is(const char *name) { return !strcmp(what, name) || (!strcmp(what, "mixed") && strncmp(name, "racy", 4)); }
static long shared;

static void need(bool condition) {
  if (!condition)
    abort();
}

static long fibonacci(int n) {
  long a, b;
  if (n < 2)
    return n;
#pragma omp task shared(a) firstprivate(n)
  a = fibonacci(--n);
#pragma omp task shared(b) firstprivate(n)
  b = fibonacci(n -= 2);
#pragma omp taskwait
  return a + b;
}

static void produce(const Object &object) {
  std::string text("a text that does not lie in the object itself");
  if (is("private"))
    for (int i = 0; i < 60; i++) {
#pragma omp task firstprivate(i)
      i++;
    }
  if (is("object"))
    for (int i = 0; i < 60; i++) {
#pragma omp task firstprivate(object, text)
      text[3] = (char)object.v[2];
    }
  if (is("untied"))
    for (int i = 0; i < 60; i++) {
#pragma omp task firstprivate(object) untied
      const_cast<Object &>(object).v[2]++;
    }
  if (is("loop")) {
#pragma omp taskloop firstprivate(object) grainsize(1)
    for (int i = 0; i < 60; i++)
      const_cast<Object &>(object).v[1] += i;
  }
  if (is("plain-loop")) {
    int last = 0, given = 3;
#pragma omp taskloop firstprivate(given) lastprivate(last) num_tasks(30)
    for (int i = 0; i < 60; i++)
      last = given++ ? i : 0;
    need(last == 59);
  }
  if (is("reduction")) {
    long sum = 0;
#pragma omp taskgroup task_reduction(+ : sum)
    for (int i = 0; i < 40; i++) {
#pragma omp task in_reduction(+ : sum)
      sum += i;
    }
    need(sum == 780);
#pragma omp taskloop reduction(+ : sum)
    for (int i = 0; i < 40; i++)
      sum += i;
    need(sum == 2 * 780);
  }
  if (is("nested"))
    need(fibonacci(8) == 21);
  if (is("racy-loop")) {
#pragma omp taskloop grainsize(1)
    for (int i = 0; i < 60; i++)
      shared += i;
  }
  if (is("racy-object")) {
    Object one;
#pragma omp taskgroup
    for (int i = 0; i < 60; i++) {
#pragma omp task shared(one)
      one.v[3]++;
    }
  }
  if (is("racy-reduction")) { // the group's end is no leave to race before it
    long sum = 0;
#pragma omp taskgroup task_reduction(+ : sum)
    for (int i = 0; i < 40; i++) {
#pragma omp task in_reduction(+ : sum)
      sum += shared++;
    }
  }
}

int main(int argc, char **argv) {
  what = argc > 1 ? argv[1] : "mixed";
  Object object;
  for (int round = 0; round < 30; round++) {
#pragma omp parallel num_threads(4)
#pragma omp single
    produce(object);
  }
}
