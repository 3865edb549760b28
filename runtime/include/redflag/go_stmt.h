// The go statement. Compiled by redflag-cc and redflag-c++ only; go_func() and go_copy() of <redflag/go.h> work with
// every compiler. Define REDFLAG_NO_KEYWORDS to keep the word `go` for yourself.
//
// `go f(x, y);` starts a goroutine that calls f. Callee and arguments are evaluated at the statement.
//
// `go { ... };` starts a goroutine that runs the block. Locals and parameters that the block names are captured by
// reference, as by a function literal of Go: block and function share the variable, which lives until the function
// has left it and every goroutine that captured it has ended. A variable that is declared inside a loop is another
// one in each round; that of a `for` statement itself is one for all rounds. In reports the block of main is called
// main.func1, the next main.func2, a block inside of the first main.func1.1.
//
// In a block `return`, and `break`, `continue` and `goto` out of it, are errors: leave it by a jump to a label at its
// end. It cannot capture arrays of variable length, variables with a cleanup or a destructor, or what a lambda has
// captured. A reference or pointer is captured, what it refers to is not. A function that is left by longjmp, go_exit
// or a panic never gives its captured variables back.
//
// Edge: the statement -> the first step of the goroutine (Go memory model, "Goroutine creation"); its end orders
// nothing. Errors: as go_func.
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
