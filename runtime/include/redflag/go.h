// Goroutines for C11 and C++. Includes all of the library; see docs/go-library.md for a tour.
//
// Compiled by redflag-cc, `go f(x);` starts a goroutine. Any other compiler uses the functions below. Link
// with libredflag-go (no detector), or compile with redflag-cc, which links the detector and the library.
//
// Happens-before, after the Go memory model (https://go.dev/ref/mem): the start of a goroutine comes before its
// first step; its end comes before nothing. When main returns the program ends, goroutines or not.
#ifndef REDFLAG_GO_H
#define REDFLAG_GO_H

#if defined(__has_include)
#if __has_include(<redflag/go_stmt.h>)
#include <redflag/go_stmt.h>
#endif
#endif

#include <redflag/atomic.h>
#include <redflag/chan.h>
#include <redflag/context.h>
#include <redflag/go_borrowed.h>
#include <redflag/go_errno.h>
#include <redflag/group.h>
#include <redflag/panic.h>
#include <redflag/sync.h>
#include <redflag/time.h>
#include <redflag/timer.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

// go_func(f, arg) starts a goroutine that calls f(arg), `void f(void *)`. arg is the caller's; it must live
// until the goroutine no longer uses it. The goroutine's name is the text of f. Edge: the call -> f's first
// step (Go memory model, "Goroutine creation"). Errors: `fatal error: newosproc`, status 2, when the system has
// no thread left.
#define go_func(f, arg) go__func((f), (arg), #f)
void go__func(void (*f)(void *), void *arg, const char *name);

// go_copy(f, p, n) starts a goroutine that calls f(q), where q points at a copy of the n bytes at p, aligned to
// 16. The copy is made before go_copy returns and lives until f returns; f may write it.
// Edge: as go_func. Errors: as go_func; a panic when n is more than a quarter of a goroutine's stack.
#define go_copy(f, p, n) go__copy((f), (p), (n), #f)
void go__copy(void (*f)(void *), const void *p GO__BORROWED, size_t n, const char *name);

// Lets other goroutines run (Go: runtime.Gosched). Orders nothing.
void go_yield(void);

// Ends the calling goroutine, wherever it is (Go: runtime.Goexit). C++ destructors of its frames do not run.
// From main: the others go on, and the program ends when one of them calls exit().
// Errors: a panic when called by a thread that is neither main nor a goroutine. Orders nothing.
#if defined(__GNUC__)
__attribute__((noreturn))
#endif
void go_exit(void);

// The caller's number: main is 1, no two goroutines of one run have the same. A detector's reports use the same
// numbers.
uint64_t go_id(void);

// How many goroutines have been started and have not ended, main among them (Go: runtime.NumGoroutine).
// Orders nothing.
uint64_t go_num(void);

// The caller's name: the function that its go statement named, `main` for main, `thread` for a thread of the
// program's own. Owned by the library; never NULL.
const char *go_name(void);

// Writes every goroutine to the descriptor fd: its number, what it is doing, its name, who started it and, if by a go
// statement, where; with the detector also the calls that are open in those that wait. A thread of the program's own is listed while it waits in the library, or when it is the caller. Errors of writing are
// ignored. Orders nothing. Not for signal handlers.
//
// SIGQUIT (Ctrl-\) does the same to stderr and ends the program with status 2 at once, as in Go: nothing is
// flushed and no exit handler runs. It takes effect with the first use of the library, unless SIGQUIT is
// handled or ignored by then; a handler of the program's own that comes later replaces it.
void go_dump(int fd);

#pragma GCC visibility pop
#ifdef __cplusplus
}

#include <type_traits>
#include <utility>

#pragma push_macro("go")
#undef go
namespace redflag {

// Starts a goroutine that calls a copy of the callable: redflag::go([=] { ... }). Write it where the word `go`
// is free: with REDFLAG_NO_KEYWORDS, or in a compiler other than redflag-c++; else as redflag::go_call.
// Edge: as go_func. An exception that leaves the callable ends the program (std::terminate).
template <class F> void go_call(F &&f) {
  using Callable = typename std::decay<F>::type;
  struct Body {
    static void run(void *p) noexcept {
      Callable *callable = static_cast<Callable *>(p);
      (*callable)();
      delete callable;
    }
  };
  go__func(&Body::run, new Callable(std::forward<F>(f)), "redflag::go");
}

template <class F> void go(F &&f) { go_call(std::forward<F>(f)); }

} // namespace redflag
#pragma pop_macro("go")
#endif

#endif
