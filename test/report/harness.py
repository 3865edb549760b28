"""What the tests of report files share: programs, running, judging. A test is a function whose name is its sentence."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("RF_BUILD", ROOT / "build")).resolve()
TOOL = BUILD / "bin/redflag"
HERE = Path(__file__).resolve().parent

tests = []


def test(function):
    tests.append(function)
    return function


class Wrong(Exception):
    pass


def expect(condition, words):
    if not condition:
        raise Wrong(words)


def same(got, want, what):
    expect(got == want, f"{what}: {got!r}, expected {want!r}")


def run(*argv, cwd=None, env=None, stdin=None, timeout=120):
    """The finished process with text output."""
    whole = {k: v for k, v in os.environ.items() if k not in ("REDFLAG_OPTIONS", "GITHUB_ACTIONS", "GITLAB_CI",
                                                              "GITHUB_STEP_SUMMARY")}
    whole.update(env or {})
    return subprocess.run([str(a) for a in argv], cwd=cwd, env=whole, input=stdin, capture_output=True,
                          encoding="utf-8", errors="replace", timeout=timeout)


def tool(*argv, **how):
    return run(TOOL, *argv, **how)


def lines(path):
    return [json.loads(l) for l in Path(path).read_text().splitlines()]


def of_type(objects, kind):
    return [o for o in objects if o["type"] == kind]


class Work:
    """A directory with the compiled programs, and one of its own for each test."""

    def __init__(self, top):
        self.top = Path(top)
        self.program = self.top / "races"
        made = run(BUILD / "bin/redflag-cc", "-g", "-O1", "programs/races.c", "-o", self.program, cwd=HERE)
        if made.returncode:
            raise SystemExit(made.stderr)
        self.number = 0

    def fresh(self):
        self.number += 1
        path = self.top / f"t{self.number}"
        path.mkdir()
        return path

    def reports(self, directory, *arguments, options=""):
        """Runs the program with report_path set; the files it wrote, by name, and the process."""
        directory.mkdir(exist_ok=True)
        done = run(self.program, *arguments, env={"REDFLAG_OPTIONS": f"report_path='{directory}/':{options}"}, cwd=HERE)
        return {p.name: lines(p) for p in sorted(directory.iterdir())}, done


def main(words, suite="report"):
    """Runs all tests, or those whose name holds a word of the command line."""
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix=f"{suite}.") as top:
        work = Work(top)
        for t in tests:
            name = t.__name__.replace("_", " ")
            if words and not any(w in name for w in words):
                continue
            wrong = None
            try:
                t(work)
            except Wrong as w:
                wrong = str(w)
            except Exception as e:  # a test that cannot go on has failed, and the others are still of interest
                wrong = f"{type(e).__name__}: {e}"
            print(f"  {'FAIL' if wrong else 'ok'} {name}{': ' + wrong if wrong else ''}", flush=True)
            passed += not wrong
            failed += bool(wrong)
    print(f"{suite}: {passed} passed, {failed} failed")
    return failed > 0 or not passed


def exit_with_main(suite="report"):
    sys.exit(main(sys.argv[1:], suite))
