"""The ways in and out of redflag lint: databases, command lines, formats, baselines, suppressions, changes."""
import json
import shutil

from harness import BUILD, ROOT, expect, lines, of_type, run, same, test, tool

BAD = """#include <pthread.h>
static pthread_mutex_t m;
int get(int);
int f(int a) {
  pthread_mutex_lock(&m);
  if (get(a))
    return 1;
  pthread_mutex_unlock(&m);
  return 0;
}
"""
FIXABLE = """#include <pthread.h>
static pthread_mutex_t m;
static pthread_cond_t c;
static int x, ready;
void add(void) { x = __atomic_add_fetch(&x, 1, __ATOMIC_SEQ_CST); }
void once(void) {
  pthread_mutex_lock(&m);
  if (!ready)
    pthread_cond_wait(&c, &m);
  pthread_mutex_unlock(&m);
}
"""


def source(folder, name="bad.c", text=BAD):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def database(folder, entries):
    (folder / "compile_commands.json").write_text(json.dumps(entries))


def entry(folder, name, command):
    return {"directory": str(folder), "file": name, "command": command}


@test
def the_status_is_66_when_something_was_found_and_0_otherwise(work):
    d = work.fresh()
    source(d)
    source(d, "good.c", "int main(void) { return 0; }\n")
    same(tool("lint", "bad.c", cwd=d).returncode, 66, "status")
    same(tool("lint", "good.c", cwd=d).returncode, 0, "status without a finding")


@test
def the_text_is_clangs_with_line_and_caret(work):
    d = work.fresh()
    source(d)
    done = tool("lint", "bad.c", cwd=d)
    expect("bad.c:7:5: warning: this path leaves 'f' with 'm' still locked [missing-unlock]\n"
           "        return 1;\n        ^\n" in done.stdout, done.stdout)
    expect("bad.c:5:3: note: locked here\n" in done.stdout, done.stdout)
    expect("1 new, 0 known" in done.stderr, done.stderr)


@test
def flags_after_the_dashes_are_the_compilers(work):
    d = work.fresh()
    source(d, "a.c", '#include "a.h"\n#ifdef X\n' + BAD + "#endif\n")
    source(d, "inc/a.h", "\n")
    same(tool("lint", "a.c", "--", "-Iinc", cwd=d).returncode, 0, "status without -DX")
    same(tool("lint", "a.c", "--", "-Iinc", "-DX", cwd=d).returncode, 66, "status with -DX")


@test
def a_database_of_gcc_is_understood(work):
    d = work.fresh()
    source(d)
    source(d, "b.c", BAD.replace("int f(", "int g("))
    (d / "flags").write_text("-DRESPONSE -fconserve-stack")
    database(d, [entry(d, "bad.c", "ccache x86_64-linux-gnu-gcc -O2 -fconserve-stack -fno-ipa-cp-clone -c bad.c -o bad.o "
                                   "-MD -MF bad.d -Wno-frame-address -Wlogical-op -specs=/none"),
                 {"directory": str(d), "file": "b.c", "arguments": ["gcc", "@flags", "-c", "b.c", "-o", "b.o"]}])
    done = tool("lint", "-p", ".", cwd=d)
    same(done.returncode, 66, "status")
    expect("bad.c:7:5: warning" in done.stdout and "b.c:7:5: warning" in done.stdout, done.stdout)
    expect("note: without the options that clang does not know: -fconserve-stack" in done.stderr, done.stderr)
    expect(not (d / "bad.d").exists() and not (d / "bad.o").exists(), "something was written")


@test
def what_is_wrong_in_a_database_is_a_line_each_and_the_rest_is_linted(work):
    d = work.fresh()
    source(d)
    source(d, "broken.c", "int f( {\n")
    database(d, [entry(d, "bad.c", "cc -c bad.c"), entry(d, "gone.c", "cc -c gone.c"),
                 entry(d, "broken.c", "cc -c broken.c"), entry(d / "nowhere", "bad.c", "cc -c bad.c"),
                 entry(d, "bad.c", "cc @missing -DAGAIN -c bad.c"), {"directory": str(d)}, 7,
                 {"directory": str(d), "file": "x.c", "arguments": [1]}])
    done = tool("lint", "-p", ".", "-j", "2", cwd=d)
    same(done.returncode, 66, "status")
    same(done.stdout.count(": warning: "), 1, "warnings")
    for words in ("gone.c: not linted", "broken.c: not linted", "nowhere cannot be entered", "missing: cannot be read",
                  'entry 6 has no "file"', "entry 7 is no object", 'entry 8 has "arguments" that are no strings'):
        same(done.stderr.count(words), 1, f"lines with {words!r} in {done.stderr}")
    same(len([l for l in done.stderr.splitlines() if not l.startswith("redflag: ")]), 0, "odd lines")


@test
def a_malformed_database_is_one_line(work):
    d = work.fresh()
    for text in ("", "{", "[1,", "{}", "[" * 100000, '"x"', "\0", "\xff"):
        (d / "compile_commands.json").write_text(text, encoding="latin-1")
        done = tool("lint", "-p", ".", cwd=d)
        same(done.returncode, 1, f"status with {text[:9]!r}")
        same(len([l for l in done.stderr.splitlines() if "compile_commands.json" in l]), 1, f"lines: {done.stderr}")
    shutil.rmtree(d)
    d.mkdir()
    done = tool("lint", "-p", ".", cwd=d)
    same(done.returncode, 1, "status without a database")
    expect("compile_commands.json: cannot be read" in done.stderr, done.stderr)


@test
def mistakes_on_the_command_line_are_status_2(work):
    d = work.fresh()
    for arguments, words in ((["--checks=-nothing", "x.c"], "no check 'nothing'"), (["x.c", "--format", "json"], "options come"),
                             ([], "which files?"), (["--update-baseline", "x.c"], "needs --baseline"),
                             (["--format", "pdf", "x.c"], "no value for --format")):
        done = tool("lint", *arguments, cwd=d)
        same(done.returncode, 2, f"status of {arguments}")
        expect(words in done.stderr and done.stderr.count("\n") == 1, done.stderr)


@test
def a_finding_in_a_header_is_told_once(work):
    d = work.fresh()
    source(d, "h.h", BAD.replace("int f(", "static inline int f("))
    names = ["a.c", "b.c", "c.c"]
    for n in names:
        source(d, n, f'#include "h.h"\nint in_{n[0]}(void) {{ return f(1); }}\n')
    database(d, [entry(d, n, f"cc -c {n}") for n in names])
    done = tool("lint", "-p", ".", "-j", "3", cwd=d)
    same(done.stdout.count("h.h:7:5: warning"), 1, "times")
    expect("(reported" not in done.stdout, done.stdout)


@test
def every_format_is_written(work):
    d = work.fresh()
    source(d)
    written = {f: tool("lint", "-f", f, "bad.c", cwd=d) for f in ("json", "sarif", "junit", "github", "gitlab",
                                                                  "markdown", "html")}
    for name, done in written.items():
        same(done.returncode, 66, f"status of {name}")
        expect("bad.c" in done.stdout, f"{name}: {done.stdout[:300]}")
        same(done.stderr, "", f"messages of {name}")
    sarif = json.loads(written["sarif"].stdout)["runs"][0]
    same(sarif["results"][0]["ruleId"], "lint-missing-unlock", "rule")
    same(sarif["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"], 7, "line")
    same(sarif["tool"]["driver"]["rules"][0]["id"], "lint-missing-unlock", "rule")


@test
def the_report_file_follows_the_schema(work):
    try:
        import jsonschema
    except ImportError:
        expect(False, "python3-jsonschema is missing")
    d = work.fresh()
    source(d)
    schema = json.loads((ROOT / "docs/schema/redflag-report-1.json").read_text())
    raw = run(BUILD / "lib/redflag/redflag-lint", "bad.c", cwd=d)
    same(raw.returncode, 0, "status of redflag-lint")
    objects = [json.loads(l) for l in raw.stdout.splitlines()]
    same([o["type"] for o in objects], ["process", "finding", "end"], "lines")
    for o in objects:
        jsonschema.validate(o, schema)


@test
def ids_survive_edits_and_a_baseline_accepts_what_it_holds(work):
    d = work.fresh()
    source(d)
    same(tool("lint", "-b", "b.json", "-u", "bad.c", cwd=d).returncode, 0, "status of the update")
    same(tool("lint", "-b", "b.json", "bad.c", cwd=d).returncode, 0, "status with a baseline")
    source(d, text="// moved\n\n#define EDITED 1\n" + BAD.replace("get(a)", "get(a + EDITED)"))
    done = tool("lint", "-b", "b.json", "bad.c", cwd=d)
    same(done.returncode, 0, "status after an edit")
    expect("0 new, 1 known" in done.stderr, done.stderr)
    source(d, text=BAD.replace("int f(", "int g("))
    same(tool("lint", "-b", "b.json", "bad.c", cwd=d).returncode, 66, "status of another function")


@test
def suppressions_leave_out_what_they_match(work):
    d = work.fresh()
    source(d)
    shown = work.fresh() / "f.json"
    tool("lint", "-f", "json", "-o", shown, "bad.c", cwd=d)
    ident = of_type(lines(shown), "finding")[0]["id"]
    line = tool("report", "suppress", ident, shown).stdout
    for text, status in ((line, 0), ("race:f\nlint:missing-unlock g\n", 66), ("lint:bad.c\n", 0), ("lint:^f$\n", 66)):
        (d / "s").write_text(text)
        same(tool("lint", "-s", "s", "bad.c", cwd=d).returncode, status, f"status with {text!r}")
    (d / "s").write_text("oops\n")
    done = tool("lint", "-s", "s", "bad.c", cwd=d)
    same((done.returncode, done.stderr.count("\n")), (1, 1), "a malformed file")
    expect("s:1: no suppression" in done.stderr, done.stderr)


@test
def certain_mends_are_made_and_nothing_else_changes(work):
    d = work.fresh()
    path = source(d, "fix.c", FIXABLE)
    done = tool("lint", "--fix", "fix.c", cwd=d)
    expect("2 changes made" in done.stderr, done.stderr)
    same(path.read_text(), FIXABLE.replace("x = __atomic", "__atomic").replace("if (!ready)", "while (!ready)"), "source")
    same(tool("lint", "fix.c", cwd=d).returncode, 0, "status afterwards")


@test
def the_wrapper_warns_only_when_asked_and_fails_when_told(work):
    d = work.fresh()
    source(d)

    def compile_with(*flags):
        return run(BUILD / "bin/redflag-cc", *flags, "-c", "bad.c", "-o", "bad.o", cwd=d)

    same(compile_with().stderr, "", "messages without -Wredflag")
    warned = compile_with("-Wredflag")
    same(warned.returncode, 0, "status with -Wredflag")
    expect("warning: this path leaves" in warned.stderr and "[-Wredflag-missing-unlock]" in warned.stderr, warned.stderr)
    for flags, status, words in ((["-Wredflag", "-Wno-redflag-missing-unlock"], 0, ""), (["-Wredflag", "-w"], 0, ""),
                                 (["-Wredflag", "-Wno-redflag"], 0, ""), (["-Wredflag", "-Werror"], 1, "error: this path"),
                                 (["-Werror=redflag"], 1, "error: this path"),
                                 (["-Werror=redflag-copied-lock"], 0, ""),
                                 (["-Werror=redflag", "-Wno-error=redflag"], 0, "warning: this path"),
                                 (["-Wredflag-nothing"], 0, "unknown warning option '-Wredflag-nothing'")):
        done = compile_with(*flags)
        same(done.returncode, status, f"status with {flags}")
        expect(words in done.stderr if words else not done.stderr, f"{flags}: {done.stderr}")


@test
def a_race_that_lint_has_warned_of_says_so(work):
    d = work.fresh()
    text = (ROOT / "samples/sum_10_sleep.c").read_text().replace("GO_SECOND", "GO_SECOND / 5")
    source(d, "slept.c", text)
    built = run(BUILD / "bin/redflag-cc", "-g", "slept.c", "-o", "slept", cwd=d)
    same(built.returncode, 0, built.stderr)
    (d / "reports").mkdir()
    raced = run("./slept", cwd=d, env={"REDFLAG_OPTIONS": f"report_path='{d}/reports/'"})
    same(raced.returncode, 66, "status of the racy program")
    tool("lint", "-f", "json", "-o", "reports/lint.json", "slept.c", cwd=d)
    place = [n for n, l in enumerate(text.splitlines(), 1) if "printf" in l][0]
    words = f"lint already warned: sleep-as-wait at slept.c:{place}"
    for command in (["report", "show", "reports"], ["ci", "--service", "plain", "--no-fail", "reports"]):
        done = tool(*command, cwd=d)
        expect(words in done.stdout, f"{command}: {done.stdout}")
    merged = d / "merged.json"
    same(tool("report", "merge", "reports", "-o", merged, cwd=d).returncode, 0, "status of merge")
    race = next(o for o in map(json.loads, merged.read_text().splitlines()) if o["type"] == "race")
    same(race["lint"], [{"check": "sleep-as-wait", "file": "slept.c", "line": place}], "in JSON")
    for source_of in ("reports", merged):
        html = tool("report", "convert", "-f", "html", source_of, cwd=d).stdout
        expect("lint already warned:" in html and f"sleep-as-wait at slept.c:{place}" in html, "in HTML")
        log = json.loads(tool("report", "convert", "-f", "sarif", source_of, cwd=d).stdout)
        result = next(r for r in log["runs"][0]["results"] if r["ruleId"] == "data-race")
        expect(f"Lint already warned: sleep-as-wait at slept.c:{place}." in result["message"]["text"], "in SARIF")
        last = result["relatedLocations"][-1]
        same(last["message"]["text"], "lint already warned: sleep-as-wait", "related location")
        same(last["physicalLocation"]["region"]["startLine"], place, "its line")
    (d / "reports/lint.json").unlink()
    expect("lint already" not in tool("report", "show", "reports", cwd=d).stdout, "without lint's file")


@test
def a_unit_that_brings_clang_down_takes_nothing_with_it(work):
    d = work.fresh()
    source(d)
    deep = "int x = " + "(" * 200000 + "1" + ")" * 200000 + ";\n"
    source(d, "deep.c", "#pragma clang __debug crash\n" + deep)
    database(d, [entry(d, "deep.c", "cc -c deep.c"), entry(d, "bad.c", "cc -c bad.c")])
    done = tool("lint", "-p", ".", "-j", "1", cwd=d)
    same(done.returncode, 66, "status")
    expect("bad.c:7:5: warning" in done.stdout, done.stdout)
    same(done.stderr.count("deep.c: not linted"), 1, f"lines in {done.stderr}")
