#!/usr/bin/env python3
"""Writes a C file with random multi-threaded programs; argv[1] of the result picks one.

Usage: generate.py FIRST_SEED COUNT > programs.c

Every program ends, whatever the scheduler does: loops have fixed bounds, locks are taken in one order. Some keep
one lock per variable, some almost do, some do not care, so that executions have many racy bytes or none.
"""
import random
import sys

INTS = {"A": ("int", 16), "B": ("char", 24), "C": ("long", 8), "U": ("unsigned short", 12)}
ORDERS = ["relaxed", "acquire", "release", "acq_rel", "seq_cst"]
LOAD_ORDERS = ["relaxed", "acquire", "seq_cst", "consume"]
STORE_ORDERS = ["relaxed", "release", "seq_cst"]


class Program:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.p = f"p{seed}_"
        self.discipline = self.r.choice([1.0, 1.0, 0.95, 0.8, 0.0])
        self.threads = self.r.randint(2, 5)
        self.depth = 0
        self.held = -1  # highest lock held
        self.loops = []
        self.helpers = self.r.randint(1, 3)
        # Variables that are used again and again, so that a check may be taken for granted too long.
        self.hot = []
        self.hot = [self.lvalue() for _ in range(self.r.randint(1, 3))]

    def pick(self, *choices):
        return self.r.choice(choices)

    # ---- expressions ----
    def index(self, n):
        usable = [(v, hi) for v, hi in self.loops if hi <= n]
        if usable and self.r.random() < 0.7:
            return self.r.choice(usable)[0]
        return str(self.r.randrange(n))

    def lvalue(self):
        """An expression and the number of the lock that its variable belongs to."""
        if self.hot and self.r.random() < 0.5:
            return self.r.choice(self.hot)
        k = self.r.random()
        if k < 0.55:
            name = self.pick(*INTS)
            return f"{self.p}{name}[{self.index(INTS[name][1])}]", "ABCU".index(name) % 3
        if k < 0.8:
            field = self.pick("c", "s", "i", "l", "f1", "f2", "in.x", "in.y[1]")
            return f"{self.p}T[{self.index(4)}].{field}", 1
        if k < 0.9:
            return f"{self.p}D[{self.index(4)}]", 2
        return self.pick(f"{self.p}H->i", f"{self.p}H->l", f"{self.p}Z"), 0

    def local(self):
        return self.pick("x", "y", f"L[{self.index(8)}]")

    def expr(self):
        k = self.r.random()
        if k < 0.3:
            return str(self.r.randrange(100))
        if k < 0.6 or self.held < 0 and self.discipline == 1.0:
            return self.local()
        v, lock = self.lvalue()
        return f"(int){v}" if self.allowed(lock) else self.local()

    def allowed(self, lock):
        return lock in self.locks_held or self.r.random() >= self.discipline

    @property
    def locks_held(self):
        return self._held

    # ---- statements ----
    def access(self):
        v, lock = self.lvalue()
        shared = f"{v} {self.pick('=', '=', '+=', '^=' if '.D' not in v and 'D[' not in v else '+=')} {self.expr()};"
        if self.r.random() < 0.4:
            shared = f"{self.pick('x', 'y')} += (int){v};"
        if self.allowed(lock):
            return shared
        if lock > self.held:  # take its lock for this one access
            return (f"pthread_mutex_lock(&{self.p}m[{lock}]); {shared} pthread_mutex_unlock(&{self.p}m[{lock}]);")
        return f"{self.local()} += {self.r.randrange(9)};"

    def loop(self):
        v = f"i{len(self.loops)}"
        lo, n = self.r.randrange(3), self.pick(4, 8, 12, 16)
        step = self.pick(1, 1, 1, 2, 3)
        self.loops.append((v, n))
        body = self.block(self.r.randint(1, 3))
        self.loops.pop()
        if self.r.random() < 0.2:
            return f"{{ int {v} = {lo}; while ({v} < {n}) {{ {body} {v} += {step}; }} }}"
        if self.r.random() < 0.2:
            return f"for (int {v} = {n - 1}; {v} >= {lo}; {v} -= {step}) {{ {body} }}"
        return f"for (int {v} = {lo}; {v} < {n}; {v} += {step}) {{ {body} }}"

    def branch(self):
        body = self.block(self.r.randint(1, 3))
        other = f" else {{ {self.block(2)} }}" if self.r.random() < 0.5 else ""
        return f"if ({self.expr()} & {self.pick(1, 2, 3)}) {{ {body} }}{other}"

    def locked(self):
        if self.held >= 2:
            return self.access()
        lock = self.r.randint(self.held + 1, 2)
        before, self.held = self.held, lock
        self._held.append(lock)
        body = self.block(self.r.randint(1, 4))
        self._held.pop()
        self.held = before
        return (f"pthread_mutex_lock(&{self.p}m[{lock}]); {body} pthread_mutex_unlock(&{self.p}m[{lock}]);")

    def atomic(self):
        a = f"&{self.p}at[{self.r.randrange(3)}]"
        k = self.r.randrange(6)
        if k == 0:
            return f"x += atomic_load_explicit({a}, memory_order_{self.pick(*LOAD_ORDERS)});"
        if k == 1:
            return f"atomic_store_explicit({a}, {self.local()}, memory_order_{self.pick(*STORE_ORDERS)});"
        if k == 2:
            op = self.pick("add", "sub", "or", "xor", "and")
            return f"y += atomic_fetch_{op}_explicit({a}, {self.r.randrange(5)}, memory_order_{self.pick(*ORDERS)});"
        if k == 3:
            return f"x ^= atomic_exchange_explicit({a}, {self.local()}, memory_order_{self.pick(*ORDERS)});"
        if k == 4:
            return (f"{{ int e = {self.r.randrange(3)}; atomic_compare_exchange_strong_explicit({a}, &e, x, "
                    f"memory_order_{self.pick(*ORDERS)}, memory_order_{self.pick('relaxed', 'acquire')}); y += e; }}")
        return f"atomic_thread_fence(memory_order_{self.pick(*ORDERS[1:])});"

    def publish(self):
        """Message passing: whoever sees the flag may read what was written before."""
        a = f"&{self.p}at[{self.r.randrange(3)}]"
        v = f"{self.p}M[{self.r.randrange(4)}]"
        if self.r.random() < 0.5:
            return f"{v} = x; atomic_store_explicit({a}, 100 + {self.r.randrange(9)}, memory_order_release);"
        return f"if (atomic_load_explicit({a}, memory_order_{self.pick('acquire', 'acquire', 'relaxed')}) >= 100) x += {v};"

    def bulk(self):
        if 1 not in self._held and self.r.random() < self.discipline:
            return f"memset(L, {self.r.randrange(9)}, sizeof L);"
        i, j = self.r.sample(range(4), 2)
        return self.pick(f"{self.p}T[{i}] = {self.p}T[{j}];",
                         f"memcpy(&{self.p}T[{i}], &{self.p}T[{j}], sizeof {self.p}T[0]);",
                         f"memset(&{self.p}T[{i}], x, sizeof {self.p}T[0]);",
                         f"memcpy(&{self.p}T[0], &{self.p}T[2], 2 * sizeof {self.p}T[0]);")

    def twice(self):
        """The same bytes in two widths, or on one of two paths and then on both: what a check may stand for, and where."""
        if self.r.random() < 0.5:
            if not self.allowed(1):
                return self.access()
            k, narrow = self.index(16), self.pick("char", "short", "int")
            first = self.pick(f"x += *({narrow}_at *)&{self.p}B[{k}];", f"*({narrow}_at *)&{self.p}B[{k}] = x;")
            then = self.pick(f"y += (int)*(long_at *)&{self.p}B[{k}];", f"*(long_at *)&{self.p}B[{k}] = y;")
            return f"{first} {then}" if self.r.random() < 0.7 else f"{then} {first}"
        v, lock = self.lvalue()
        if not self.allowed(lock):
            return self.access()
        first, then = self.pick(f"{v} = x;", f"y += (int){v};"), self.pick(f"{v} += 1;", f"x += (int){v};")
        return f"if ({self.expr()} & {self.pick(1, 2, 3)}) {{ {first} }} {then}"

    def call(self):
        h = self.r.randrange(self.helpers)
        which = self.pick("L", "L", f"{self.p}A")
        if which != "L" and 0 not in self._held and self.r.random() < self.discipline:
            which = "L"
        return f"x += {self.p}h{h}({which}, {self.pick(4, 8)}, y);"

    def statement(self):
        self.depth += 1
        deep = self.depth > 4
        kinds = [self.access] * 6 + [self.atomic] * 2 + [self.twice] * 2 + [self.publish, self.bulk, self.call]
        if not deep:
            kinds += [self.loop] * (3 if len(self.loops) < 2 else 0) + [self.branch] * 2 + [self.locked] * 4
        text = self.r.choice(kinds)()
        self.depth -= 1
        return text

    def block(self, n):
        return " ".join(self.statement() for _ in range(n))

    def body(self, n):
        self._held, self.held, self.loops, self.depth = [], -1, [], 0
        return "\n  ".join(self.statement() for _ in range(n))

    # ---- the whole ----
    def text(self):
        p, out = self.p, []
        out.append(f"struct {p}S {{ char c; short s; int i; long l; unsigned f1 : 3, f2 : 13; "
                   "struct { char x; short y[2]; } in; };")
        for name, (ty, n) in INTS.items():
            out.append(f"static {ty} {p}{name}[{n}];")
        out.append(f"static double {p}D[4]; static struct {p}S {p}T[4], *{p}H; static int {p}Z, {p}M[4];")
        out.append(f"static _Atomic int {p}at[3]; static pthread_mutex_t {p}m[3];")
        for h in range(self.helpers):
            attr = self.pick("", "__attribute__((noinline)) ", "inline ")
            kind = self.pick("v += q[i];", "q[i] += v;", "q[i] = i; v ^= q[n - 1 - i];", "if (v & 1) q[i]++; else v++;")
            out.append(f"static {attr}int {p}h{h}(int *q, int n, int v) {{ for (int i = 0; i < n; i++) {{ {kind} }} "
                       "return v; }")
        arg = "int x = (int)(long)arg, y = 1, L[8] = {0};"
        for t in range(self.threads):
            early = f"if (x > 1000) return NULL;" if self.r.random() < 0.3 else ""
            out.append(f"static void *{p}t{t}(void *arg) {{\n  {arg}\n  {self.body(self.r.randint(3, 9))}\n  {early}\n"
                       f"  {self.body(2)}\n  (void)L; return (void *)(long)(x + y);\n}}")
        # One thread works on the local variables of its creator.
        out.append(f"static void *{p}on(void *arg) {{ struct {p}S *o = arg; o->i++; o->in.y[1] = 2; "
                   f"{self.pick('o->c = 1;', '')} return NULL; }}")
        main = [f"void *arg = NULL; {arg} pthread_t id[{self.threads}], on; struct {p}S own = {{0}};",
                f"{p}H = malloc(sizeof *{p}H); memset({p}H, 0, sizeof *{p}H);",
                f"for (int i = 0; i < 3; i++) pthread_mutex_init(&{p}m[i], NULL);", self.body(2)]
        alive = []
        main.append(f"pthread_create(&on, NULL, {p}on, &own);")
        for t in range(self.threads):
            main.append(f"pthread_create(&id[{t}], NULL, {p}t{t}, (void *){self.r.randrange(9)}L);")
            alive.append(t)
            if self.r.random() < 0.3:
                main.append(self.body(1))
            if self.r.random() < 0.3:
                main.append(f"pthread_join(id[{alive.pop(self.r.randrange(len(alive)))}], NULL);")
        main.append(self.body(2))
        main.append(self.pick("own.l = 3;", "x += own.f1;", "own.s++;", "own.i = 3;", "x += own.in.y[1];"))
        main.append("pthread_join(on, NULL);")
        self.r.shuffle(alive)
        main += [f"pthread_join(id[{t}], NULL);" for t in alive]
        main += [self.body(2), f"x += own.i; free({p}H); (void)L; return x + y;"]
        out.append(f"static int {p}main(void) {{\n  " + "\n  ".join(main) + "\n}")
        return "\n".join(out)


def main():
    first, count = int(sys.argv[1]), int(sys.argv[2])
    print("#include <pthread.h>\n#include <stdatomic.h>\n#include <stdlib.h>\n#include <string.h>\n")
    for ty in ("char", "short", "int", "long"):
        print(f"typedef {ty} __attribute__((may_alias, aligned(1))) {ty}_at;")
    for seed in range(first, first + count):
        print(Program(seed).text(), "\n")
    print("int main(int argc, char **argv) {\n  switch (argc > 1 ? atoi(argv[1]) : 0) {")
    for seed in range(first, first + count):
        print(f"  case {seed}: p{seed}_main(); break;")
    print("  default: return 9;\n  }\n  return 0;\n}")


main()
