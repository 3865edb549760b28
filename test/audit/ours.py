"""Programs of our own wrapper: the audit finds what the pass made."""
import shutil

from harness import expect, run, same, test, tool
from judge import CC, CXX, build, disassembly, judged, module, sites_of, table_of, verdicts

CHECKED = {"reads", "writes", "sums", "copies", "counts", "fills", "main"}
BY_HAND = {"locks": "locked instruction", "swaps": "exchange with memory", "fences": "fence",
           "waits": "futex system call"}


def agrees_with_the_pass(work, compiler, source, *options):
    top = work.fresh()
    ir, obj = top / "o.ll", top / "o.o"
    build(compiler, *options, "-S", "-emit-llvm", source, "-o", ir)
    build(compiler, *options, "-c", source, "-o", obj)
    table, found = table_of(ir.read_text()), sites_of(module(obj))
    expect(len(table) > 5, f"only {len(table)} functions with sites")
    same(sorted(found), sorted(table), f"functions with checks in {source} {options}")
    for function, sites in table.items():
        same(sorted(found[function]), sorted(sites), f"{function} in {source} {options}")
    count = sum(map(len, table.values()))
    print(f"    {source} {' '.join(options)}: {len(table)} functions, {count} sites", flush=True)


@test
def the_site_table_of_C_is_found_whole(work):
    for options in (["-O0"], ["-O1"], ["-O2"], ["-O2", "-fPIC"], ["-O3", "-ffunction-sections"]):
        agrees_with_the_pass(work, CC, "mixed.c", *options)


@test
def the_site_table_of_CXX_is_found_whole(work):
    for options in (["-O0"], ["-O1"], ["-O2"], ["-O2", "-fPIC"]):
        agrees_with_the_pass(work, CXX, "classes.cc", *options)


@test
def every_call_of_a_check_is_counted(work):
    top = work.fresh()
    for compiler, source in ((CC, "mixed.c"), (CXX, "classes.cc")):
        for level in ("-O0", "-O2"):
            obj = top / f"{source}{level}.o"
            build(compiler, level, "-c", source, "-o", obj)
            want, function = {}, ""
            for l in run("objdump", "-drw", "--no-show-raw-insn", obj).stdout.splitlines():
                if l.endswith(">:"):
                    function = l.split("<", 1)[1][:-2]
                elif any(f"\t__rf_{p}" in l and "R_X86_64_PLT32" in l
                         for p in ("check_", "read", "write", "mem", "vptr_", "atomic")):
                    want[function] = want.get(function, 0) + 1
            got = {f["symbol"]: f["checks"] for f in module(obj)["list"] if f["checks"]}
            want = {f: n for f, n in want.items() if not f.startswith("__rf_")}
            expect(sum(want.values()) > 10, "objdump sees few checks")
            same(got, want, f"checks in {source} {level}")


@test
def each_function_has_its_verdict(work):
    for level in ("-O0", "-O1", "-O2"):
        program = work.fresh() / "program"
        build(CC, level, "mixed.c", "-o", program)
        m = module(program)
        got = verdicts(m)
        for function in CHECKED:
            same(got[function], "checked", f"{function} {level}")
        for function in ("calculates", "looks_up", "fences", "sleeps"):
            same(got[function], "private", f"{function} {level}")
        for function in ("left_out", "locks", "swaps"):
            same(got[function], "unchecked", f"{function} {level}")
        expect(got["runs"] in ("proved", "checked"), f"runs is {got['runs']}")
        by_hand = {f["name"]: (f["sync"][0]["kind"], f["origin"]) for f in judged(m).values() if "sync" in f}
        same(by_hand, {f: (k, "inline assembly") for f, k in BY_HAND.items()}, f"by hand {level}")


@test
def a_stripped_program_loses_names_only(work):
    for compiler, source in ((CC, "mixed.c"), (CXX, "classes.cc")):
        for level in ("-O0", "-O2"):
            top = work.fresh()
            build(compiler, level, source, "-o", top / "whole")
            same(run("strip", "-o", top / "bare", top / "whole").returncode, 0, "strip")
            whole, bare = module(top / "whole"), module(top / "bare")
            for verdict in ("checked", "proved"):
                same(bare["functions"][verdict], whole["functions"][verdict], f"{verdict} of {source} {level}")
            by_address = {f["address"]: f for f in bare["list"]}
            for f in judged(whole).values():
                if f["verdict"] in ("checked", "proved"):
                    other = by_address[f["address"]]
                    for field in ("verdict", "checks", "sites"):
                        same(other.get(field), f.get(field), f"{field} of {f['name']} {level}")
            expect(whole["functions"]["checked"] > 5, "few functions are checked")


@test
def a_shared_object_is_audited_by_its_relocations(work):
    for flags in ([], ["-fno-plt"]):
        top = work.fresh()
        build(CC, "-O2", "-fPIC", "-shared", *flags, "mixed.c", "-o", top / "lib.so")
        same(run("strip", "-o", top / "bare.so", top / "lib.so").returncode, 0, "strip")
        build(CC, "-O2", "-fPIC", *flags, "-c", "mixed.c", "-o", top / "lib.o")
        want = sites_of(module(top / "lib.o"))
        same(sites_of(module(top / "lib.so")), want, f"sites {flags}")
        same(sites_of(module(top / "bare.so")), want, f"sites of the stripped one {flags}")


@test
def runs_with_other_linkers_and_sections(work):
    lld = [["-fuse-ld=lld"]] if shutil.which("ld.lld") else []
    for flags in (*lld, ["-ffunction-sections", "-Wl,--gc-sections"], ["-no-pie", "-fno-pie"]):
        program = work.fresh() / "program"
        build(CXX, "-O1", *flags, "classes.cc", "-o", program)
        same(run(program).returncode, 1 if run(program, "1").returncode else 0, f"status {flags}")
        m = module(program)
        same(m["functions"]["unknown"], 0, f"unknown {flags}")
        expect(m["functions"]["checked"] > 10, f"checked {flags}: {m['functions']}")
        expect(verdicts(m)["main"] == "checked", f"main {flags}")


@test
def explain_shows_the_code_with_its_places(work):
    top = work.fresh()
    build(CC, "-O1", "mixed.c", "-o", top / "program")
    done = tool("audit", "--explain", "writes", top / "program")
    same(done.returncode, 0, done.stderr)
    for words in ("write of p->a[i] (int) at mixed.c:17:", "check: calls __rf_write4", "checked: write of global"):
        expect(words in done.stdout, f"no '{words}' in {done.stdout}")
    code = [text for f, text in disassembly(top / "program") if f == "writes"]
    while "nop" in code[-1]:  # between functions
        code.pop()
    want = len(code)
    lines = [l for l in done.stdout.splitlines() if not l.startswith("  checked:")][1:]
    same(len(lines), want, "instructions of the function, as objdump counts them")
    same(tool("audit", "--explain", "none_such", top / "program").returncode, 1, "unknown function")


@test
def names_of_CXX_are_demangled(work):
    program = work.fresh() / "program"
    build(CXX, "-O0", "classes.cc", "-o", program)
    expect(any(n == "shapes::Wide::area() const" for n in judged(module(program))), "no demangled name")
    done = tool("audit", "--explain", "shapes::Wide::area", program)
    expect(done.stdout.startswith("shapes::Wide::area() const in "), done.stdout[:200] + done.stderr)
