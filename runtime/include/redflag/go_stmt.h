// The go statement: `go f(x, y);` starts a goroutine that calls f. Callee and arguments are evaluated at the
// statement. Compiled by redflag-cc and redflag-c++ only; go_func() and go_copy() of <redflag/go.h> work with
// every compiler. Define REDFLAG_NO_KEYWORDS to keep the word `go` for yourself.
#ifndef REDFLAG_GO_STMT_H
#define REDFLAG_GO_STMT_H

#ifndef REDFLAG_NO_KEYWORDS
#ifdef __REDFLAG__

#ifdef __cplusplus
extern "C" {
#endif
// Marks that the compiler plugin looks for; no such functions exist.
int __rf_go_mark_begin(void);
int __rf_go_mark_end(void);
#ifdef __cplusplus
}
#endif

#define go for (int __rf_g = __rf_go_mark_begin(); __rf_g; __rf_g = __rf_go_mark_end()) _Pragma("redflag_go")

#else // another compiler: an error where the word is used, not where the header is read

#define go _Pragma("GCC error \"go statements need redflag-cc or redflag-c++; go_func() works with every compiler\"")

#endif
#endif

#endif
