"""Files that nobody should have written: cut off, malformed, huge, hostile."""
import json
import os
import random
import resource
import subprocess
import time

import made
from harness import TOOL, expect, run, same, test, tool


def told(path, line, words, done, status=1):
    same(done.returncode, status, f"status: {done.stderr[:200]}")
    expect(f"{path}:{line}: " in done.stderr and words in done.stderr, f"{words}: {done.stderr[:300]!r}")


@test
def a_cut_off_last_line_is_noted_and_the_rest_is_read(work):
    path = work.fresh() / "a.json"
    text = "".join(json.dumps(o) + "\n" for o in (made.HEADER, made.race(), made.race("aaaaaaaa")))
    for cut in (1, 2, 50, 500):
        path.write_text(text[:-cut])
        done = tool("report", "list", path)
        same(done.returncode, 0, "status")
        same(len(done.stdout.splitlines()), 2 if cut == 1 else 1, f"reports, cut by {cut}")
        same("cut off" in done.stderr, cut > 1, "note")


@test
def other_malformed_lines_are_told_and_the_rest_is_read(work):
    path = work.fresh() / "a.json"
    good = json.dumps(made.race("aaaaaaaa"))
    deep = "[" * 100000 + "]" * 100000
    for bad, words in (("{", "not JSON"), ("nonsense", "not JSON"), ("[]", "not a JSON object"), ("7", "not JSON"),
                       ("{}", "\"type\" is none of"), ('{"type": 7}', "\"type\" is none of"), (deep, "not JSON"),
                       ('{"type": "race"}', "\"id\""), ('{"type":"race","id":"../../x","kind":"k"}', "\"id\""),
                       (json.dumps({**made.race(), "kind": ""}), "\"kind\""), (json.dumps({**made.race(), "accesses": []}), "accesses"),
                       (json.dumps({**made.race(), "accesses": [1, 2]}), "accesses"),
                       (json.dumps({**made.finding(), "steps": []}), "steps"), ('{"a":1,"a":2}', "duplicate"),
                       ('{"type":"race","pid":99999999999999999999}', "not JSON"), ("\x00", "NUL"), (good.replace("src/a.c", "src/\x00a.c", 1), "NUL"), (good + "\x00", "NUL"), ('{"a":"\\ud800"}', "not JSON"),
                       (json.dumps({**made.HEADER, "redflag": {"schema": 2}}), "another schema")):
        path.write_text(json.dumps(made.HEADER) + "\n" + bad + "\n" + good + "\n")
        done = tool("report", "list", path)
        told(path, 2, words, done)
        same([l.split()[0] for l in done.stdout.splitlines()], ["aaaaaaaa"], f"reports with {bad[:30]!r}")


@test
def bytes_that_are_no_text_are_told(work):
    path = work.fresh() / "a.json"
    path.write_bytes(json.dumps(made.HEADER).encode() + b'\n{"type":"\xff\xfe"}\n')
    told(path, 2, "not JSON", tool("report", "list", path))


@test
def complaints_about_one_file_are_few(work):
    path = work.fresh() / "a.json"
    path.write_text("nonsense\n" * 100000)
    done = tool("report", "list", path)
    same(done.returncode, 1, "status")
    same(done.stderr.count("\n"), 11, "lines")
    expect("and 99990 more lines like this" in done.stderr, done.stderr[-100:])


@test
def a_file_of_another_kind_is_told(work):
    top = work.fresh()
    (top / "program.json").write_bytes(TOOL.read_bytes())
    done = tool("report", "list", top)
    same((done.returncode, done.stdout), (1, ""), "program")
    (top / "program.json").write_text("")
    done = tool("report", "list", top)
    same(done.returncode, 0, "status of an empty file")
    expect("the file is empty" in done.stderr, done.stderr)


@test
def directories_without_reports_do_not_pass_in_silence(work):
    done = tool("report", "list", work.fresh())
    same(done.returncode, 1, "status")
    expect("no file *.json" in done.stderr, done.stderr)


@test
def links_and_devices_below_a_directory_are_not_read(work):
    top = work.fresh()
    os.mkfifo(top / "a.json")
    (top / "b.json").symlink_to("/dev/zero")
    (top / "c.json").symlink_to(top)
    made.whole(top / "d.json", made.race())
    done = tool("report", "list", top, timeout=20)
    same((done.returncode, len(done.stdout.splitlines())), (0, 1), "reports")


@test
def odd_names_of_files_do_no_harm(work):
    top = work.fresh() / "a\x1b[31m\nb"
    top.mkdir()
    (top / "x\x1b.json").write_text("nonsense\n")
    done = tool("report", "list", top)
    same(done.returncode, 1, "status")
    expect("\x1b" not in done.stderr, done.stderr)
    same(done.stderr.count("\n"), 1, "lines")


@test
def odd_shapes_are_shown_without_harm(work):
    top = work.fresh()
    odd = [made.race(accesses=[{}, {}]), made.race("aaaaaaab", accesses=[{"stack": [1, None, {}], "thread": 7}, {"stack": {}}]),
           made.race("aaaaaaac", memory=7, births=[7, {}], why=7, mend=None, suppress={}, text=[]),
           made.race("aaaaaaad", count=-5, runs="x", accesses=[made.access(2, [{"line": -1, "file": "a"}]), made.access(2)]),
           made.finding(steps=[{}]), made.race("aaaaaaae", accesses=[made.access(2, old="zz", new="0xffffffffffffffffffffff", size=10**15), made.access(3, size=0)]),
           made.race("aaaaaaaf", accesses=[made.access(2, [{"file": "x", "line": 2**62, "column": 2**62, "function": ""}]), made.access(3)])]
    path = made.whole(top / "a.json", *odd)
    for form in ("text", "json", "sarif", "junit", "github", "gitlab", "markdown", "html"):
        done = tool("report", "convert", "-f", form, path)
        same((done.returncode, done.stderr), (0, ""), form)
        expect(done.stdout, form)


def bounded(*argv, megabytes, seconds):
    begin = time.monotonic()
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))  # noqa: E731
    done = subprocess.run([TOOL, *argv], capture_output=True, text=True, preexec_fn=limit, timeout=seconds)
    return done, time.monotonic() - begin


@test
def a_hundred_megabytes_of_one_report_need_little_memory(work):
    path = work.fresh() / "a.json"
    line = json.dumps(made.race()) + "\n"
    n = (100 << 20) // len(line)
    with path.open("w") as f:
        f.write(json.dumps(made.HEADER) + "\n")
        for _ in range(n // 1000):
            f.write(line * 1000)
    done, _ = bounded("report", "list", path, megabytes=64, seconds=100)
    same(done.returncode, 0, done.stderr[:200])
    expect(f"({n // 1000 * 1000})" in done.stdout, done.stdout)


@test
def a_hundred_thousand_reports_are_merged_and_converted(work):
    top = work.fresh()
    rng = random.Random(7)
    with (top / "a.json").open("w") as f:
        f.write(json.dumps(made.HEADER) + "\n")
        small = {k: v for k, v in made.race().items() if k not in ("births", "text")}
        for n in range(100000):
            f.write(json.dumps({**small, "id": f"{rng.getrandbits(32):08x}{n:08x}"}) + "\n")
    done, _ = bounded("report", "merge", top / "a.json", "-o", top / "m.json", megabytes=512, seconds=100)
    same((done.returncode, done.stderr), (0, ""), "merge")
    same(sum(1 for _ in (top / "m.json").open()), 100001, "lines")
    done, _ = bounded("report", "convert", "-f", "html", top / "m.json", "-o", top / "p.html", megabytes=512, seconds=100)
    same((done.returncode, done.stderr), (0, ""), "html")
    expect("98000 more are not on this page" in (top / "p.html").read_text()[-3000:], "the page does not say what it leaves out")


@test
def a_line_without_end_is_told(work):
    path = work.fresh() / "a.json"
    with path.open("w") as f:
        f.write(json.dumps(made.HEADER) + "\n" + '{"type":"' + "x" * (40 << 20) + '"}\n' + json.dumps(made.race()) + "\n")
    done, _ = bounded("report", "list", path, megabytes=256, seconds=60)
    told(path, 2, "more than 32 MiB", done)
    same(len(done.stdout.splitlines()), 1, "reports")


@test
def mutated_files_never_crash_it(work):
    """A short run of test/fuzz/reports with a fixed seed."""
    from harness import ROOT
    done = run(ROOT / "test/fuzz/reports", "5", "7")
    expect(done.returncode == 0, done.stdout[-400:] + done.stderr[-400:])
