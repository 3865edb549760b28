#!/usr/bin/env python3
"""Writes a random C program to stdout: generate.py SEED. Its locals, parameters, structures, arrays and pointers are
used in nested blocks, under loops, switches and jumps. With -DGO each block is a goroutine that is waited for before
the program goes on, so that it must print what it prints without, and has no race."""
import random
import sys

PROLOGUE = """#include <stdio.h>
#ifdef GO
#include <redflag/go.h>
#define OPEN { go_wg wg = {0}; go_wg_add(&wg, 1); go {
#define CLOSE go_wg_done(&wg); } go_wg_wait(&wg); }
#else
#define OPEN {
#define CLOSE }
#endif
struct S { unsigned x; unsigned long y; unsigned char z[5]; };
static unsigned sum, calls;
static struct S result(unsigned a) {
  struct S s = {a, a + 1, {2}};
  OPEN s.y += a; CLOSE
  return s;
}
"""


class Program:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = 0
        self.functions = 0

    def one_of(self, things):
        return self.random.choice(things)

    def name(self, prefix):
        self.names += 1
        return f"{prefix}{self.names}"

    # A scope is a list of (name, kind); kinds: i unsigned, a unsigned[4], s struct S, p pointer to unsigned.
    def place(self, scope, depth=0):
        name, kind = self.one_of(scope)
        if kind == "a":
            return f"{name}[({self.value(scope, depth + 1)}) & 3]"
        if kind == "s":
            return name + self.one_of([".x", ".y", ".z[2]", ".z[4]"])
        return name if kind == "i" else f"(*{name})"

    def value(self, scope, depth=0):
        chance = self.random.random()
        if depth > 2 or chance < 0.25:
            return str(self.random.randint(-9, 99))
        if chance < 0.7:
            return self.place(scope, depth)
        return f"({self.value(scope, depth + 1)} {self.one_of('+-*^|&')} {self.value(scope, depth + 1)})"

    def declaration(self, scope):
        name, kind = self.name("v"), self.one_of("iiasp")
        targets = [n for n, k in scope if k == "i"]
        if kind == "p" and not targets:
            kind = "i"
        text = {
            "i": lambda: f"{self.one_of(['', '', '_Alignas(32) '])}unsigned {name} = {self.value(scope)};",
            "a": lambda: f"unsigned {name}[4] = {{{self.value(scope)}, {self.value(scope)}}};",
            "s": lambda: f"struct S {name} = {{{self.value(scope)}, {self.value(scope)}, {{1}}}};",
            "p": lambda: f"unsigned *{self.one_of(['', 'const '])}{name} = &{self.one_of(targets)};",
        }[kind]()
        scope.append((name, kind))
        return text + "\n"

    def body(self, scope, depth, in_loop=False):
        scope = list(scope)
        return "".join(self.statement(scope, depth, in_loop) for _ in range(self.random.randint(2, 5)))

    def loop(self, scope, depth):
        i = self.name("i")
        return (f"for (unsigned {i} = 0; {i} < {self.random.randint(1, 3)}; {i}++) {{\n"
                f"{self.body(scope, depth, True)}{self.place(scope)} += {i};\nOPEN sum += {i}; CLOSE\n}}\n")

    # The declaration in front of the first label is never executed.
    def switch(self, scope, depth):
        n = self.name("n")
        inner = scope + [(n, "i")]
        return (f"switch (({self.value(scope)}) & 3) {{\nunsigned {n};\ncase 0:\n{n} = 5;\n{self.body(inner, depth)}"
                f"break;\ndefault:\n{n} = 6;\n{self.body(inner, depth)}}}\n")

    def backwards(self, scope, depth):
        label, n = self.name("L"), self.name("n")
        return f"{{\nunsigned {n} = 0;\n{label}:;\n{self.body(scope, depth)}if ({n}++ < 1)\ngoto {label};\n}}\n"

    def call(self, scope):
        f, got = self.random.randrange(self.functions), self.name("got")
        return (f"{{\nstruct S {got} = f{f}({self.value(scope)}, result({self.value(scope)}), 7);\n"
                f"{self.place(scope)} += {got}.x;\n}}\n")

    def statement(self, scope, depth, in_loop):
        chance = self.random.random()
        if chance < 0.25:
            return self.declaration(scope)
        if chance < 0.5 or depth > 4:
            return f"{self.place(scope)} {self.one_of(['=', '+=', '^='])} {self.value(scope)};\n"
        if chance < 0.72:
            return f"OPEN\n{self.body(scope, depth + 1)}CLOSE\n"
        if chance < 0.8:
            return self.loop(scope, depth + 1)
        if chance < 0.86:
            return (f"if (({self.value(scope)}) & 1) {{\n{self.body(scope, depth + 1, in_loop)}}} else {{\n"
                    f"{self.body(scope, depth + 1, in_loop)}}}\n")
        if chance < 0.9:
            return self.switch(scope, depth + 1)
        if chance < 0.93 and in_loop:
            return f"if (({self.value(scope)}) & 4)\n{self.one_of(['break', 'continue'])};\n"
        if chance < 0.97 and self.functions:
            return self.call(scope)
        return self.backwards(scope, depth + 1)

    def function(self):
        scope = [("a", "i"), ("s", "s"), ("c", "i"), ("r", "s")]
        text = (f"static struct S f{self.functions}(unsigned a, struct S s, unsigned c) {{\nstruct S r = {{a}};\n"
                f"if (++calls > 40)\nreturn r;\n{self.body(scope, 0)}sum = sum * 31 + a + s.x + s.y + c + r.x;\n"
                f"return r;\n}}\n")
        self.functions += 1
        return text

    def text(self):
        functions = "".join(self.function() for _ in range(self.random.randint(2, 4)))
        return (f"{PROLOGUE}{functions}int main(void) {{\nfor (unsigned i = 0; i < 3; i++) {{\n"
                f"struct S s = f{self.functions - 1}(i, result(i), i);\nsum += s.x + s.y + s.z[2] + s.z[4];\n"
                f"printf(\"%u\\n\", sum);\n}}\n}}\n")


print(Program(int(sys.argv[1])).text(), end="")
