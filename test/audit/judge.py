"""What the tests of the audit share: building programs, the audit's own words, and those of others."""
import json
import re
import shutil
from collections import Counter
from pathlib import Path

from harness import BUILD, Wrong, expect, run, tool

PROGRAMS = Path(__file__).resolve().parent / "programs"
CC, CXX = BUILD / "bin/redflag-cc", BUILD / "bin/redflag-c++"
LOCKED = ("lock",)
FENCES = ("mfence", "sfence", "lfence")


def build(compiler, *arguments):
    done = run(compiler, *arguments, cwd=PROGRAMS)
    expect(done.returncode == 0, f"{compiler} {arguments}: {done.stderr}")


def audit(*arguments, status=0):
    """The JSON of the audit."""
    done = tool("audit", "--format", "json", *arguments)
    expect(done.returncode == status, f"audit {arguments}: status {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def module(path):
    modules = audit(path)["modules"]
    expect(len(modules) == 1, f"{path}: {len(modules)} modules")
    return modules[0]


def judged(m):
    """Functions by name, without those of the detector, compiler and linker."""
    return {f["name"]: f for f in m["list"] if f["verdict"] != "own" and not f.get("of_no_function")}


def verdicts(m):
    return {name: f["verdict"] for name, f in judged(m).items()}


def syncs(m):
    return [s for f in m["list"] for s in f.get("sync", [])]


# ---- The pass's site table: in its IR ----

SITE = re.compile(r"^@(redflag\.site[.\d]*) = .*, i32 (-?\d+), i16 (-?\d+), i8 (-?\d+), i8 (-?\d+) }$", re.M)
CHECK = re.compile(r"call [^@]*@(__rf_(?:check_|read|write|mem|vptr_|atomic)\w*)\(")
KINDS = {1: "read", 2: "write", 3: "atomic read", 4: "atomic write", 7: "write of a vtable pointer", 9: "fence"}


def table_of(ir):
    """(line, column, kind, bytes) of the sites of each function's checks."""
    sites = {}
    for name, line, column, kind, size in SITE.findall(ir):
        sites[name] = (int(line), int(column) % 65536, KINDS.get(int(kind) & 0x3f), int(size) % 256)
    expect(sites, "no site in the IR")
    table = {}
    for function, body in re.findall(r"^define [^@]*@(\"?[\w.$]+\"?)\(.*?\{\n(.*?)^\}", ir, re.M | re.S):
        if function.startswith("__rf_check_"):
            continue
        checks = [l for l in body.splitlines() if CHECK.search(l)]
        found = [sites[s] for l in checks for s in re.findall(r"@(redflag\.site[.\d]*)", l)]
        if found:
            table[function.strip('"')] = set(found)
    return table


def sites_of(m):
    return {f["symbol"]: {(s["line"], s["column"], s["kind"], s["bytes"]) for s in f["sites"]}
            for f in m["list"] if "sites" in f}


# ---- objdump ----

def disassembly(path, objdump="objdump"):
    """(function, mnemonic with operands) of each instruction, with the name of what a relocation leads to."""
    done = run(objdump, "-drw", "--no-show-raw-insn", path, timeout=300)
    expect(done.returncode == 0, done.stderr)
    function = ""
    for line in done.stdout.splitlines():
        head = re.match(r"^[0-9a-f]+ <(.*)>:$", line)
        if head:
            function = head.group(1)
        elif re.match(r"^\s*[0-9a-f]+:\s*\t", line):
            yield function, line.split("\t", 1)[1].strip()


def x86_syncs(path):
    """How many of each kind objdump sees, outside of the linker's stubs."""
    count = Counter()
    for _, text in disassembly(path):
        words = text.split()
        if words[0] == "lock" and len(words) > 1:
            count["locked instruction"] += 1
        elif words[0].startswith("xchg") and ("(" in text or ":" in text):
            count["exchange with memory"] += 1
        elif words[0] in FENCES:
            count["fence"] += 1
    return count


def need(program):
    if not shutil.which(program):
        raise Wrong(f"{program} is not installed")
