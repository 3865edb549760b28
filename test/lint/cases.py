"""The cases of each check, by redflag lint and by the wrapper; and the samples."""
import re
from pathlib import Path

from harness import BUILD, ROOT, expect, lines, of_type, run, same, test, tool

HERE = Path(__file__).resolve().parent
FLAGS = ["-I", ROOT / "runtime/include"]
SAMPLES = {
    "block_loop_variable.c": {"loop-variable"},
    "sum_100_sleep.c": {"sleep-as-wait"},
    "sum_10_sleep.c": {"sleep-as-wait"},
    "timer_slept.c": {"sleep-as-wait"},
    "wait_group_add_inside.c": {"wait-group-add-inside"},
}


def name_of(finding):
    return finding["kind"].removeprefix("lint: ").replace(" ", "-")


def findings(work, files, *options):
    out = work.fresh() / "found.json"
    done = tool("lint", "-f", "json", "-o", out, *options, *files, "--", *FLAGS)
    expect(done.returncode in (0, 66), f"status {done.returncode}: {done.stderr}")
    same(done.stderr, "", "messages")
    return of_type(lines(out), "finding")


def place(finding):
    return finding["steps"][0]["stack"][0]


def wanted(path):
    return {n for n, line in enumerate(path.read_text().splitlines(), 1) if re.search(r"\bWarn\b", line)}


def checks():
    shown = tool("lint", "--checks=help").stdout.splitlines()
    return [l.split()[0] for l in shown]


def by_lint(work, path, check):
    only = [] if check == "ignore-comment" else [f"--checks={check}"]
    return {place(f)["line"] for f in findings(work, [path], *only) if name_of(f) == check}


def by_wrapper(path, check):
    cc = "redflag-c++" if path.suffix == ".cpp" else "redflag-cc"
    done = run(BUILD / "bin" / cc, f"-Wredflag-{check}", "-c", path, "-o", "/dev/null")
    same(done.returncode, 0, f"status of {cc}: {done.stderr}")
    return {int(n) for n in re.findall(rf":(\d+):\d+: warning: .*\[-Wredflag-{check}\]", done.stderr)}


def case(folder):
    @test
    def t(work):
        check = folder.name
        files = sorted(p for p in folder.iterdir() if p.suffix in (".c", ".cpp"))
        expect(files, "no case")
        for path in files:
            lines_wanted = wanted(path)
            expect(lines_wanted, f"{path.name}: nothing is to be warned of")
            expect(re.search(r"\bOK\b", path.read_text()), f"{path.name}: nothing is to be passed over")
            same(by_lint(work, path, check), lines_wanted, f"lines of {path.name}")
            if check != "ignore-comment":
                same(by_wrapper(path, check), lines_wanted, f"lines of {path.name} by the wrapper")

    t.__name__ = f"{folder.name}_warns_of_exactly_the_lines_it_should"


for folder in sorted(p for p in HERE.iterdir() if p.is_dir() and p.name != "__pycache__"):
    case(folder)


@test
def every_check_has_cases_and_an_entry_in_the_documentation(work):
    names = checks()
    expect(len(names) > 10, f"only {len(names)} checks")
    folders = {p.name for p in HERE.iterdir() if p.is_dir()} - {"ignore-comment", "__pycache__"}
    same(folders, set(names), "folders of cases")
    text = (ROOT / "docs/lint.md").read_text()
    missing = [n for n in names if f"\n### {n}\n" not in text]
    same(missing, [], "checks without an entry in docs/lint.md")


@test
def racy_samples_are_warned_of_and_clean_ones_are_not(work):
    files = sorted(p for p in (ROOT / "samples").iterdir() if p.suffix in (".c", ".cpp"))
    expect(len(files) > 50, f"only {len(files)} samples")
    found = {p.name: set() for p in files}
    for f in findings(work, files, "--checks=-unchecked-create"):
        found[Path(place(f)["file"]).name].add(name_of(f))
    for name, checks_found in found.items():
        racy = "// verdict: racy" in (ROOT / "samples" / name).read_text()
        expect(racy or not checks_found, f"{name} is clean and was warned of: {checks_found}")
    same({n: c for n, c in found.items() if c}, SAMPLES, "samples that were warned of")


@test
def a_finding_in_every_case_has_why_and_mend(work):
    for f in findings(work, sorted(HERE.glob("*/*.c")), "--checks=all"):
        expect(f["why"] and f["mend"] and f["text"] and f["suppress"].startswith("lint:"), f"{f['kind']} lacks words")
