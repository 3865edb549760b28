// Another compiler says what is missing; REDFLAG_NO_KEYWORDS frees the word.
// RUN: not %plain_clang -I %include -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: %plain_clang -I %include -fsyntax-only -DREDFLAG_NO_KEYWORDS %s
// RUN: %cc -fsyntax-only -DREDFLAG_NO_KEYWORDS %s
#include <redflag/go_stmt.h>
void f(void);
void g(void) {
#ifdef REDFLAG_NO_KEYWORDS
  int go = 1;
  (void)go;
#else
  // CHECK: go-keyword.c:[[@LINE+1]]:3: error: go statements need redflag-cc or redflag-c++; go_func() works with every compiler
  go f();
#endif
}
