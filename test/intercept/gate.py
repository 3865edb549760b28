#!/usr/bin/env python3
"""Every interceptor does what its row says, and every one has a case.

edges.txt, memory.txt and exempt.txt are the tables (each tells its form); this writes one program per table,
compiles it with redflag-c++ and runs each case in each of its ways. The names come from the built library: a
weak function there is an interceptor. Prints a line per failure and `N passed, N failed` last.

  gate.py            all
  gate.py NAME...    the cases of some interceptors, with their output when they fail
"""
import concurrent.futures
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("RF_BUILD", os.path.join(HERE, "..", "..", "build"))
NM = os.path.join(os.environ.get("LLVM_BIN", "/usr/lib/llvm-19/bin"), "llvm-nm")
WORK = os.path.join(BUILD, "test", "intercept")
REPORT = "WARNING: Redflag: data race"


def lines_of(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        return [l.rstrip("\n") for l in f if l.strip() and not l.startswith("#")]


def read_edges():
    cases = []
    for line in lines_of("edges.txt"):
        if line.startswith("== "):
            cases.append({"names": line[3:].split()})
        else:
            key, text = line.split(":", 1)
            if key not in ("flags", "decl", "init", "first", "second"):
                sys.exit("edges.txt: not a key: " + line)
            cases[-1][key] = text.strip()
    return cases


def read_memory():
    cases = []
    for line in lines_of("memory.txt"):
        m = re.fullmatch(r"(reads|writes|ends) (\w+) = (.*?)(?: given (.*))?", line)
        if not m:
            sys.exit("memory.txt: not a case: " + line)
        call, init = m.group(3), m.group(4)
        cases.append({"names": [m.group(2)], "kind": m.group(1), "call": call, "init": init or ""})
    return cases


def write_program(name, text):
    path = os.path.join(WORK, name)
    with open(path + ".cpp", "w", encoding="utf-8") as f:
        f.write(text)
    command = [os.path.join(BUILD, "bin", "redflag-c++"), "-std=gnu++20", "-O0", "-w", "-fno-builtin",
               "-I", HERE, path + ".cpp", "-o", path]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        sys.exit(made.stdout + made.stderr + "\n0 passed, 1 failed")
    return path


def main_function(rows):
    return ("static const kase cases[] = {\n" + rows + "};\n"
            "int main(int, char **argv) { return run(cases, sizeof cases / sizeof *cases, argv); }\n")


def edges_program(cases):
    text, rows = '#include "edges.h"\n', ""
    for i, c in enumerate(cases):
        text += "namespace case_%d { // %s\n%s\n" % (i, " ".join(c["names"]), c.get("decl", ""))
        for part in ("init", "first", "second"):
            text += "static void %s_() { %s }\n" % (part, c.get(part, ""))
        text += "}\n"
        flags = " | ".join(c.get("flags", "0").upper().split())
        rows += '  {"%s", case_%d::init_, case_%d::first_, case_%d::second_, %s},\n' % (c["names"][0], i, i, i, flags)
    return write_program("edges", text + main_function(rows))


def memory_program(cases):
    text, rows = '#include "memory.h"\n', ""
    for i, c in enumerate(cases):
        text += "static void init_%d() { %s; }\nstatic void call_%d() { %s; }\n" % (i, c["init"], i, c["call"])
        rows += '  {"%s", %s, init_%d, call_%d},\n' % (c["names"][0], c["kind"].upper(), i, i)
    return write_program("memory", text + main_function(rows))


def run(program, index, way):
    try:
        # Cases are about order; some leave a thread behind.
        r = subprocess.run([program, str(index), way], capture_output=True, timeout=20, stdin=subprocess.DEVNULL,
                           env=dict(os.environ, REDFLAG_OPTIONS="report_thread_leaks=0"), cwd=WORK, check=False)
    except subprocess.TimeoutExpired:
        return None, "no end after 20 s"
    return r.returncode, (r.stdout + r.stderr).decode(errors="replace")


def verdict(program, index, case, way):
    """What is wrong with one run, or nothing, and its output."""
    status, text = run(program, index, way)
    if way == "clean":
        return ("" if status == 0 and "Redflag" not in text else "not silent, status %s" % status), text
    if status != 66 or REPORT not in text:
        return "no report, status %s" % status, text
    if way == "racy":
        name = "operator delete" if case["names"][0].startswith("_Zd") else case["names"][0]
        if not re.search(r"(?:in|#0) %s\b" % re.escape(name), text):
            return "the report does not name " + name, text
    return "", text


def interceptors():
    parts = [os.path.join(BUILD, "lib", "redflag", name) for name in ("libredflag.a", "libredflag-cxx.a")]
    out = subprocess.run([NM, "--defined-only", *parts], capture_output=True, text=True, check=True).stdout
    return {l.split()[2] for l in out.splitlines() if len(l.split()) == 3 and l.split()[1] == "W"}


def main():
    os.makedirs(WORK, exist_ok=True)
    only = set(sys.argv[1:])
    edges, memory = read_edges(), read_memory()
    exempt = {l.split(":", 1)[0] for l in lines_of("exempt.txt")}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        programs = [p.result() for p in (pool.submit(edges_program, edges), pool.submit(memory_program, memory))]
        jobs = []
        for program, cases, ways in ((programs[0], edges, None), (programs[1], memory, ("clean", "racy"))):
            for i, c in enumerate(cases):
                if only and not only & set(c["names"]):
                    continue
                for way in ways or (("clean", "without") if "joins" in c.get("flags", "") else
                                    ("clean", "late", "without")):
                    jobs.append((c, way, pool.submit(verdict, program, i, c, way)))
        failed = 0
        for c, way, job in jobs:
            wrong, text = job.result()
            if wrong:
                failed += 1
                print("FAIL %s (%s): %s" % (" ".join(c["names"]), way, wrong))
                if only:
                    print(text)
    passed = len(jobs) - failed
    if not only:
        tested = {n for c in edges + memory for n in c["names"]}
        known = interceptors()
        for n in sorted(known - tested - exempt):
            failed += 1
            print("FAIL %s: an interceptor without a case" % n)
        for n in sorted((tested | exempt) - known):
            failed += 1
            print("FAIL %s: a case without an interceptor" % n)
        for n in sorted(tested & exempt):
            failed += 1
            print("FAIL %s: exempt, and yet it has a case" % n)
        passed += len(known & (tested | exempt))
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0 or not passed


if __name__ == "__main__":
    sys.exit(main())
