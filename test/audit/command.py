"""The command: statuses, formats, archives, and what reports name."""
import json

from harness import TOOL, expect, run, same, test, tool
from judge import CC, build, audit, judged, module, verdicts


@test
def min_coverage_decides_the_status(work):
    top = work.fresh()
    build(CC, "-O1", "mixed.c", "-o", top / "program")
    percent = module(top / "program")["coverage_percent"]
    expect(50 < percent < 100, f"{percent}")
    same(tool("audit", "--min-coverage", int(percent), top / "program").returncode, 0, "what there is")
    done = tool("audit", "--min-coverage", int(percent) + 1, top / "program")
    same((done.returncode, "less than" in done.stderr), (66, True), "one more")
    build("gcc", "-O1", "-c", "plain.c", "-o", top / "plain.o")
    same(tool("audit", "-m", "1", top / "plain.o").returncode, 66, "nothing is checked")
    for wrong in (["--min-coverage", "101"], ["--min-coverage", "x"], ["--show", "none"], ["--format", "pdf"], []):
        done = tool("audit", *wrong, *([top / "program"] if wrong else []))
        same((done.returncode, len(done.stderr.splitlines())), (2, 1), f"{wrong}: {done.stderr}")


@test
def show_lists_what_it_names(work):
    program = work.fresh() / "program"
    build(CC, "-O1", "mixed.c", "-o", program)
    f = judged(module(program))
    for show, wanted in (("checked", lambda x: x["verdict"] in ("checked", "proved")),
                         ("unchecked", lambda x: x["verdict"] in ("unchecked", "unknown")),
                         ("sync", lambda x: "sync" in x)):
        names = {n for n, x in f.items() if wanted(x)}
        expect(names, f"nothing for {show}")
        shown = {x["name"] for x in audit("--show", show, program)["modules"][0]["list"]}
        same(shown, names, f"JSON of {show}")
        text = tool("audit", "--show", show, program).stdout
        lines = {l.split()[2 if show == "sync" else 1].rstrip(":") for l in text.splitlines() if ": " in l and
                 l.startswith("  ") and not l.split()[1].isdigit() and not (show == "sync" and l.split()[2].isdigit())}
        same(lines, names, f"text of {show}: {text}")


@test
def output_goes_to_a_file(work):
    top = work.fresh()
    build(CC, "-O1", "mixed.c", "-o", top / "program")
    for form in ("text", "json", "sarif"):
        done = tool("audit", "-f", form, "-o", top / form, top / "program")
        same((done.returncode, done.stdout), (0, ""), form)
        same((top / form).read_text(), tool("audit", "-f", form, top / "program").stdout, form)
    same(tool("audit", "-o", "/nonexistent/x", top / "program").returncode, 1, "a file that cannot be written")


@test
def sarif_names_what_is_unchecked_and_what_synchronises(work):
    program = work.fresh() / "program"
    build(CC, "-O1", "mixed.c", "-o", program)
    done = tool("audit", "--format", "sarif", program)
    log = json.loads(done.stdout)
    same(log["version"], "2.1.0", "version")
    results = log["runs"][0]["results"]
    found = {(r["ruleId"], r["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]) for r in results}
    got = judged(module(program))
    want = {("unchecked-code", n) for n, f in got.items() if f["verdict"] in ("unchecked", "unknown")}
    want |= {("synchronisation-by-hand", n) for n, f in got.items() if "sync" in f}
    same(found, want, "results")
    rules = [r["id"] for r in log["runs"][0]["tool"]["driver"]["rules"]]
    for r in results:
        same(rules[r["ruleIndex"]], r["ruleId"], "index of the rule")


@test
def archives_are_audited_member_by_member(work):
    top = work.fresh()
    build(CC, "-O1", "-c", "mixed.c", "-o", top / "mixed.o")
    build("gcc", "-O1", "-c", "plain.c", "-o", top / "a_member_with_quite_a_long_name.o")
    same(run("ar", "rcs", "whole.a", "mixed.o", "a_member_with_quite_a_long_name.o", cwd=top).returncode, 0, "ar")
    same(run("ar", "rcsT", "thin.a", "mixed.o", "a_member_with_quite_a_long_name.o", cwd=top).returncode, 0, "ar T")
    alone = {n: verdicts(module(top / n)) for n in ("mixed.o", "a_member_with_quite_a_long_name.o")}
    for archive in ("whole.a", "thin.a"):
        modules = audit(top / archive)["modules"]
        same({m["member"]: verdicts(m) for m in modules}, alone, archive)
    (top / "mixed.o").unlink()
    done = tool("audit", top / "thin.a")
    same((done.returncode, len(done.stderr.splitlines())), (1, 1), f"a missing member: {done.stderr}")
    expect("a_member_with_quite_a_long_name.o" in done.stdout, "the other member is audited")


PROGRAM = """
#include <pthread.h>
int plain_add(int *, int);
int so_add(int);
static void *run(void *p) { return p; }
int main(void) {
  int a[2] = {1, 2};
  pthread_t t;
  pthread_create(&t, 0, run, 0);
  pthread_join(t, 0);
  return plain_add(a, 2) + so_add(1) == 0;
}
"""


@test
def what_reports_name_is_audited_and_weighed(work):
    top = work.fresh()
    (top / "main.c").write_text(PROGRAM)
    (top / "so.c").write_text("int so_total; int so_add(int x) { return so_total += x; }\n")
    (top / "quiet.c").write_text("int quiet_square(int x) { return x * x; }\n")
    build("gcc", "-O1", "-c", "plain.c", "-o", top / "plain.o")
    for name in ("so", "quiet"):
        same(run("gcc", "-O1", "-shared", "-fPIC", f"{name}.c", "-o", f"lib{name}.so", cwd=top).returncode, 0, name)
    done = run(CC, "main.c", "plain.o", "-L.", "-Wl,--no-as-needed", "-lso", "-lquiet", f"-Wl,-rpath,{top}", "-o",
               "program", cwd=top)
    same(done.returncode, 0, done.stderr)
    same(tool("run", "--keep", "reports", "--", "./program", cwd=top).returncode, 0, "run")
    for cwd, program in ((top, "program"), ("/", top / "program")):  # objects are found where the process ran
        done = tool("audit", "--from-reports", top / "reports", "--format", "json", program, cwd=cwd)
        same(done.returncode, 0, done.stderr)
        weights = {p["name"].split("/")[-1]: p for p in json.loads(done.stdout)["plain"]}
        same({n: p["weight"] for n, p in weights.items()},
             {"plain.o": "matters", "libso.so": "unseen", "libquiet.so": "harmless"}, "weights")
        expect("1 called by the program" in weights["libso.so"]["reason"], weights["libso.so"]["reason"])
        expect("0 called by the program" in weights["libquiet.so"]["reason"], weights["libquiet.so"]["reason"])
    (top / "libquiet.so").unlink()
    done = tool("audit", "--from-reports", "reports", "program", cwd=top)
    same((done.returncode, len(done.stderr.splitlines())), (1, 1), done.stderr)
    expect("missing" in done.stdout and "matters" in done.stdout, done.stdout)


@test
def the_footer_points_to_the_audit(work):
    top = work.fresh()
    build("gcc", "-O1", "-c", "plain.c", "-o", top / "plain.o")
    for objects, pointed in ((["mixed.c", top / "plain.o"], True), (["mixed.c"], False)):
        build(CC, "-O1", *objects, "-o", top / "program")
        said = run(top / "program", env={"REDFLAG_OPTIONS": "verbosity=1"}).stderr
        same("`redflag audit FILE`" in said, pointed, said[-400:])


@test
def help_and_completion_know_it(work):
    for words in (["audit", "--help"], ["help", "audit"]):
        done = tool(*words)
        expect(done.returncode == 0 and "--min-coverage" in done.stdout and "--from-reports" in done.stdout, done.stdout)
    for shell in ("bash", "zsh", "fish"):
        expect("min-coverage" in tool("help", "--completion", shell).stdout, shell)


@test
def it_needs_no_library_but_the_C_library(work):
    names = {l.split()[0].split("/")[-1] for l in run("ldd", TOOL).stdout.splitlines()}
    same(names - {"linux-vdso.so.1", "libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"}, set(), "libraries")
