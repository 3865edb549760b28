"""Files that others built: the audit counts what objdump and readelf count."""
import glob
import re
from collections import Counter

from harness import Wrong, expect, run, same, test, tool
from judge import CC, build, disassembly, judged, module, need, syncs, verdicts, x86_syncs


def kinds(m, *wanted):
    found = Counter(s["kind"] for s in syncs(m))
    return {k: found[k] for k in wanted if found[k]}


X86 = ("locked instruction", "exchange with memory", "fence")


def agrees_with_objdump(path, at_least):
    m = module(path)
    want = {k: n for k, n in x86_syncs(path).items() if n}
    same(kinds(m, *X86), want, f"what synchronises in {path}")
    expect(sum(want.values()) >= at_least, f"{path}: only {want}")
    return m


def frames(path):
    """Beginnings of functions in the unwinder's table, without the linker's stubs."""
    done = run("readelf", "--debug-dump=frames", path, timeout=300)
    plt = [(int(a, 16), int(n, 16)) for a, n in
           re.findall(r"\.plt\S*\s+PROGBITS\s+([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+)", run("readelf", "-SW", path).stdout)]
    found = {int(a, 16) for a in re.findall(r"FDE cie=.* pc=([0-9a-f]+)\.\.", done.stdout)}
    return {a for a in found if not any(s <= a < s + n for s, n in plt)}


def system_file(pattern):
    found = sorted(glob.glob(pattern))
    if not found:
        raise Wrong(f"no {pattern} on this system")
    return found[0]


@test
def a_program_with_plain_objects_tells_them_apart(work):
    for compiler in ("gcc", "clang-19"):
        need(compiler)
        top = work.fresh()
        build(compiler, "-O1", "-c", "plain.c", "-o", top / "plain.o")
        build(CC, "-O1", "mixed.c", top / "plain.o", "-o", top / "program")
        got = verdicts(module(top / "program"))
        same({f: got[f] for f in got if f.startswith("plain_")},
             {"plain_add": "unchecked", "plain_square": "private", "plain_lock": "unchecked",
              "plain_unlock": "unchecked"}, compiler)
        expect(got["writes"] == "checked" and got["reads"] == "checked", "the checked ones")


@test
def code_of_fsanitize_thread_is_checked(work):
    need("gcc")
    for compiler in ("gcc", "clang-19"):
        for level in ("-O0", "-O1", "-O2"):
            obj = work.fresh() / "mixed.o"
            build(compiler, level, "-fsanitize=thread", "-c", "mixed.c", "-o", obj)
            want, function = Counter(), ""
            for l in run("objdump", "-drw", "--no-show-raw-insn", obj).stdout.splitlines():
                if l.endswith(">:"):
                    function = l.split("<", 1)[1][:-2]
                elif re.search(r"\t__tsan_(read|write|unaligned|volatile|atomic|vptr|mem)", l):
                    want[function] += 1
            m = module(obj)
            got = {f["symbol"]: f["checks"] for f in m["list"] if f["checks"]}
            same(got, dict(want), f"{compiler} {level}")
            expect(len(want) >= 6, f"{compiler} {level}: few functions with checks: {want}")
            got = verdicts(m)
            for function in want:
                same(got[function], "checked", f"{function} of {compiler} {level}")
            same(got["left_out"], "unknown", "what nothing tells of is not guessed")


@test
def an_object_of_gcc_has_its_functions(work):
    need("gcc")
    obj = work.fresh() / "plain.o"
    build("gcc", "-O2", "-c", "plain.c", "-o", obj)
    named = {l.split()[-1] for l in run("nm", obj).stdout.splitlines() if " T " in l or " t " in l}
    same(set(judged(module(obj))), named, "functions")


@test
def the_C_library_agrees_with_objdump(work):
    path = system_file("/lib/x86_64-linux-gnu/libc.so.6")
    m = agrees_with_objdump(path, 500)
    expect(m["known_by_name"], "the detector knows the C library by name")
    same(m["functions"]["checked"], 0, "checked functions")
    starts = {int(f["address"], 16) for f in m["list"]}
    # Parts of functions of assembly have entries of their own, inside of what the symbols say.
    inside = [(int(f["address"], 16), f["bytes"]) for f in m["list"]]
    missing = {a for a in frames(path) - starts if not any(s < a < s + n for s, n in inside)}
    same(missing, set(), "functions of the unwinder's table that the audit has not")
    expect(len(frames(path) - starts) < 10, "more than a few parts of functions")
    print(f"    {path}: {len(starts)} functions, {len(syncs(m))} that synchronise", flush=True)


@test
def stripped_libraries_of_Debian_agree_with_objdump(work):
    for pattern, at_least in (("/usr/lib/x86_64-linux-gnu/libstdc++.so.6.*", 100),
                              ("/lib/x86_64-linux-gnu/libz.so.1", 0),
                              ("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2", 20)):
        path = system_file(pattern)
        m = agrees_with_objdump(path, at_least)
        starts = {int(f["address"], 16) for f in m["list"]}
        known = frames(path)
        expect(len(known) > 50, f"{path}: few frames")
        same(known - starts, set(), f"functions of {path} that the audit has not")
        print(f"    {path}: {len(known)} functions, {sum(kinds(m, *X86).values())} that synchronise", flush=True)


def arm_kinds(path, objdump):
    """What llvm's or GNU's disassembler for AArch64 sees."""
    count = Counter()
    for _, text in disassembly(path, objdump):
        word = text.split()[0]
        if re.match(r"(ldx|stx|ldax|stlx)[rp][bh]?$", word):
            count["exclusive access"] += 1
        elif re.match(r"(ldap?r|stlr|ldlar|stllr)[bh]?$", word):
            count["acquire or release"] += 1
        elif re.match(r"cas|swp|ldadd|ldclr|ldeor|ldset|ld[su]max|ld[su]min|stadd|stclr|steor|stset", word):
            count["atomic instruction"] += 1
        elif word in ("dmb", "dsb"):
            count["fence"] += 1
    return dict(count)


ARM = ("exclusive access", "acquire or release", "atomic instruction", "fence")


@test
def objects_for_AArch64_agree_with_the_disassembler(work):
    for flags in ([], ["-march=armv8.1-a"], ["-mno-outline-atomics"]):
        for level in ("-O0", "-O2"):
            obj = work.fresh() / "arm.o"
            build("clang-19", "--target=aarch64-linux-gnu", level, *flags, "-c", "arm.c", "-o", obj)
            m = module(obj)
            want = arm_kinds(obj, "llvm-objdump-19")
            expect(len(want) >= 2, f"{want}")
            same(kinds(m, *ARM), want, f"{level} {flags}")
            # Without optimisation the number comes from the stack, and is not guessed.
            call = "system call of unknown number" if level == "-O0" else "futex system call"
            same(kinds(m, "futex system call", "system call of unknown number"), {call: 1}, f"{level} {flags}")
            got = verdicts(m)
            for function, verdict in (("arm_square", "private"), ("arm_sum", "unchecked"), ("arm_note", "unchecked")):
                same(got[function], verdict, f"{function} {level} {flags}")


@test
def programs_for_AArch64_agree_with_the_disassembler(work):
    need("aarch64-linux-gnu-gcc")
    top = work.fresh()
    build("aarch64-linux-gnu-gcc", "-O1", "arm.c", "-o", top / "program")
    same(run("aarch64-linux-gnu-strip", "-o", top / "bare", top / "program").returncode, 0, "strip")
    want = arm_kinds(top / "program", "aarch64-linux-gnu-objdump")
    for path in (top / "program", top / "bare"):
        m = module(path)
        same(m["architecture"], "AArch64", "architecture")
        same(kinds(m, *ARM), want, path.name)
    libc = "/usr/aarch64-linux-gnu/lib/libc.so.6"
    m = module(libc)
    same(kinds(m, *ARM), arm_kinds(libc, "aarch64-linux-gnu-objdump"), libc)
    same(frames(libc) - {int(f["address"], 16) for f in m["list"]}, set(), "functions of the C library")
    print(f"    {libc}: {len(m['list'])} functions, {len(syncs(m))} that synchronise", flush=True)


@test
def objects_of_fsanitize_thread_for_AArch64_are_checked(work):
    obj = work.fresh() / "arm.o"
    build("clang-19", "--target=aarch64-linux-gnu", "-O1", "-fsanitize=thread", "-c", "arm.c", "-o", obj)
    got = verdicts(module(obj))
    for function in ("arm_add", "arm_sum", "arm_note", "arm_load"):
        same(got[function], "checked", function)


@test
def explain_shows_lines_of_debug_information(work):
    for compiler in ("gcc", "clang-19"):
        top = work.fresh()
        build(compiler, "-g", "-O1", "-c", "plain.c", "-o", top / "plain.o")
        build(CC, "-O1", "mixed.c", top / "plain.o", "-o", top / "program")
        same(run("ar", "rcs", "plain.a", "plain.o", cwd=top).returncode, 0, "ar")
        for file in ("plain.o", "plain.a", "program"):
            lines = tool("audit", "--explain", "plain_add", top / file).stdout.splitlines()
            numbers = {int(l.rsplit(":", 1)[1]) for l in lines if re.match(r"  .*plain\.c:\d+$", l)}
            expect({4, 5, 6} & numbers and numbers <= {3, 4, 5, 6, 7}, f"{compiler} {file}: {numbers} in {lines}")
