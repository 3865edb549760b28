"""The commands of redflag: their options, verdicts and statuses."""
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import made
from harness import HERE, ROOT, TOOL, expect, lines, run, same, test, tool

COMMANDS = ((), ("run",), ("report",), ("ci",), ("help",), ("report", "merge"), ("report", "show"), ("report", "list"),
            ("report", "compare"), ("report", "convert"), ("report", "suppress"))


def refused(*argv, words, status=2):
    done = tool(*argv)
    same(done.returncode, status, f"status of {argv}")
    same(done.stdout, "", f"output of {argv}")
    expect(done.stderr.count("\n") == 1 and words in done.stderr, f"{argv}: {done.stderr!r}")


@test
def every_command_has_help(work):
    for c in COMMANDS:
        for argv in ((*c, "--help"), (*c, "-h"), ("help", *c)):
            done = tool(*argv)
            same((done.returncode, done.stderr), (0, ""), f"{argv}")
            expect(done.stdout.startswith("Usage: redflag"), f"{argv}: {done.stdout[:60]}")
            expect(c in (("help",), ) or "xample" in done.stdout, f"{argv}: no example")


@test
def the_version_is_the_projects(work):
    version = re.search(r"project\(Redflag VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
    expect(tool("--version").stdout.startswith(f"redflag {version} "), tool("--version").stdout)


@test
def mistakes_on_the_command_line_are_one_line_and_status_2(work):
    refused(words="which command")
    refused("unheard", words="unknown command 'unheard'")
    refused("--unheard", words="unknown option '--unheard'")
    refused("help", "unheard", words="unknown command")
    refused("report", words="which command")
    refused("report", "unheard", words="unknown command")
    refused("report", "list", words="which files")
    refused("report", "list", "--unheard", "x", words="unknown option")
    refused("report", "convert", "--format", "pdf", "x", words="'pdf' is no value for --format")
    refused("report", "convert", "--format", words="needs a value")
    refused("report", "compare", "x", words="needs two")
    refused("report", "suppress", words="which report")
    refused("run", words="which command")
    refused("run", "--repeat", "0", "--", "true", words="takes a number")
    refused("run", "--repeat", "many", "--", "true", words="takes a number")
    refused("run", "--timeout", "99999999999999999999", "--", "true", words="takes a number")
    refused("run", "--update-baseline", "--", "true", words="needs --baseline")
    refused("run", "--prune", "--", "true", words="needs --update-baseline")
    refused("run", "--quiet=1", "--", "true", words="takes no value")
    refused("ci", words="which files")
    refused("ci", "--service", "other", "x", words="is no value")
    refused("report", "list", "/nowhere/x", words="cannot be read", status=1)
    refused("unheard\x1b[31m", words="unheard?[31m")


# ---- run ----

@test
def a_race_in_any_process_is_the_verdict(work):
    for script, processes in (("{p} race", 1), ("{p} race; true", 1), ("{p} race | cat; {p} status=0", 2),
                              ("{p} fork race", 2), ("{p} race killed; true", 1), ("({p} race &) ; sleep 2", 1),
                              ("{p} race exec status=0", 1)):
        done = tool("run", "--", "sh", "-c", script.format(p=work.program))
        same(done.returncode, 66, script)
        expect(f"redflag: {processes} process" in done.stderr, f"{script}: {done.stderr[-400:]}")
        same(len(re.findall(r"^  new   [0-9a-f]{8}: data race", done.stderr, re.M)), 3, f"{script}: lines")


@test
def without_reports_the_status_is_the_commands_own(work):
    for script, status in (("exit 0", 0), ("exit 5", 5), ("kill -9 $$", 137), ("{p} status=3", 3), ("{p} killed", 137)):
        done = tool("run", "--", "sh", "-c", script.format(p=work.program))
        same(done.returncode, status, script)


@test
def a_command_that_cannot_be_run_is_told(work):
    done = tool("run", "--", "no-such-command-here")
    same(done.returncode, 127, "status")
    expect("no-such-command-here: cannot be run: No such file" in done.stderr, done.stderr)
    done = tool("run", "--", "/etc")
    same(done.returncode, 126, "status")


@test
def a_command_without_checked_processes_is_told(work):
    done = tool("run", "--", "true")
    same(done.returncode, 0, "status")
    expect("no process was checked" in done.stderr, done.stderr)


@test
def statuses_inside_the_command_stay_the_programs_own(work):
    done = tool("run", "--", "sh", "-c", f"{work.program} race; echo inner $?")
    same((done.returncode, done.stdout), (66, "inner 0\n"), "run")


@test
def a_program_that_the_detector_ends_has_not_succeeded(work):
    b = work.fresh() / "b.json"
    done = tool("run", "--baseline", b, "-u", "--", "timeout", "60", work.program, "lock-twice")
    same(done.returncode, 1, "status")
    done = tool("run", "--baseline", b, "--", "timeout", "60", work.program, "lock-twice")
    same(done.returncode, 1, "status when it is known")
    expect("0 new" in done.stderr, done.stderr[-300:])


@test
def options_of_the_user_stay(work):
    done = tool("run", "--", work.program, "race", env={"REDFLAG_OPTIONS": "max_reports=1:report_path=/nowhere/x"})
    same(done.returncode, 66, "status")
    same(done.stderr.count("WARNING: Redflag"), 1, "reports on stderr")
    expect("3 new" in done.stderr, done.stderr[-300:])


@test
def the_baseline_accepts_what_it_holds(work):
    b = work.fresh() / "b.json"
    base = ("run", "--baseline", b)
    missing = tool(*base, "--", work.program, "race")
    same(missing.returncode, 1, "status without the file")
    same(missing.stderr.count("\n"), 1, "lines")
    same(tool(*base, "--update-baseline", "--", work.program, "race", "status=4").returncode, 4, "status of the update")
    same(len(json.loads(b.read_text())["reports"]), 3, "entries")
    known = tool(*base, "--", work.program, "race", "status=4")
    same(known.returncode, 4, "status when all is known")
    expect("0 new, 3 known, 0 gone" in known.stderr, known.stderr[-300:])
    new = tool(*base, "--", work.program, "race", "misuse")
    same(new.returncode, 66, "status when one is new")
    expect("1 new, 3 known, 0 gone" in new.stderr, new.stderr[-300:])
    gone = tool(*base, "--", work.program, "misuse")
    expect("1 new, 0 known, 3 gone" in gone.stderr, gone.stderr[-300:])
    same(len(re.findall(r"^  gone  [0-9a-f]{8}: data race programs/races.c|^  gone  ", gone.stderr, re.M)), 3, "gone")


@test
def updates_keep_reasons_and_prune_on_request(work):
    b = work.fresh() / "b.json"
    update = ("run", "--baseline", b, "--update-baseline")
    tool(*update, "--", work.program, "race")
    content = json.loads(b.read_text())
    content["reports"][1]["reason"] = "known since \u201cthe rewrite\u201d"
    b.write_text(json.dumps(content))
    kept = content["reports"][1]["id"]
    tool(*update, "--", work.program, "misuse")
    entries = json.loads(b.read_text())["reports"]
    same(len(entries), 4, "entries")
    same([e["id"] for e in entries], sorted(e["id"] for e in entries), "order")
    same(next(e for e in entries if e["id"] == kept)["reason"], "known since \u201cthe rewrite\u201d", "reason")
    tool(*update, "--prune", "--", work.program, "misuse")
    same(len(json.loads(b.read_text())["reports"]), 1, "entries after pruning")
    same(len(b.read_text().splitlines()), 3, "lines: one for each entry, and two")


@test
def a_malformed_baseline_is_one_line_with_its_place(work):
    b = work.fresh() / "b.json"
    for text, line in (("", 1), ("{", 1), ("[]", 1), ('{"redflag_baseline": 2, "reports": []}', 1),
                       ('{"redflag_baseline": 1,\n "reports": [\n  {"id": "5f3a91c2"},\n  {"id": "x{"}\n]}', 4),
                       ('{"redflag_baseline": 1,\n "reports": [\n  {"id": "5f3a91c2"}\n  {"id": "5f3a91c3"}]}', 4),
                       ('{"redflag_baseline": 1, "reports": [\n\n\n 7]}', 4),
                       ('{"redflag_baseline": 1, "reports": [\n\n {"id": "5f3a91c2", "reason": 7}]}', 3)):
        b.write_text(text)
        done = tool("run", "--baseline", b, "--", "echo", "ran")
        same((done.returncode, done.stdout), (1, ""), text)
        same(done.stderr.count("\n"), 1, text)
        expect(re.match(rf"redflag: {re.escape(str(b))}:{line}: ", done.stderr) or
               (text == '{"redflag_baseline": 1, "reports": [\n\n\n 7]}' and f"{b}:" in done.stderr), f"{text!r}: {done.stderr}")


@test
def repeat_runs_again_and_counts_runs(work):
    top = work.fresh()
    done = tool("run", "--repeat", "3", "--", "sh", "-c",
                f"echo x >>{top}/n; [ $(wc -l <{top}/n) = 2 ] && exec {work.program} race; exec {work.program} status=0")
    same(done.returncode, 66, "status")
    same((top / "n").read_text(), "x\n" * 3, "runs")
    same(done.stderr.count("(in 1 of 3 runs)"), 3, "lines")
    done = tool("run", "--repeat", "3", "--", "sh", "-c", f"echo x >>{top}/m; [ $(wc -l <{top}/m) = 2 ] && exit 9; true")
    same(done.returncode, 9, "status of the run that failed")


@test
def the_timeout_ends_all_processes(work):
    top = work.fresh()
    begin = time.monotonic()
    done = tool("run", "--timeout", "1", "--", "sh", "-c", f"sleep 300 & echo $! >{top}/pid; {work.program} hang")
    same(done.returncode, 124, "status")
    expect(time.monotonic() - begin < 20, "it took too long")
    expect("the time was over" in done.stderr, done.stderr)
    pid = int((top / "pid").read_text())
    state = Path(f"/proc/{pid}/stat")
    expect(not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] == "Z", "a child lives on")


@test
def the_timeout_ends_what_ignores_the_signal_and_keeps_its_races(work):
    done = tool("run", "--timeout", "1", "--", work.program, "race", "stubborn")
    same(done.returncode, 66, "status")
    expect("3 new" in done.stderr, done.stderr[-300:])


@test
def signals_reach_the_command(work):
    for number in (signal.SIGINT, signal.SIGTERM):
        top = work.fresh()
        script = f"trap 'echo caught >{top}/caught; exit 3' INT TERM; {work.program} race; echo >{top}/ready; while :; do sleep 0.1; done"
        # A shell does not trap what was ignored when it was entered, as interrupts are in jobs in the background.
        p = subprocess.Popen([TOOL, "run", "--repeat", "5", "--", "sh", "-c", script], stderr=subprocess.PIPE, text=True,
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        for _ in range(600):
            if (top / "ready").exists():
                break
            time.sleep(0.05)
        p.send_signal(number)
        try:
            _, err = p.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            p.kill()
            raise
        expect((top / "caught").exists(), "the command was not told")
        same(p.returncode, 66, "status")
        expect("3 new" in err, err[-300:])


@test
def reports_are_written_in_the_formats_of_their_names(work):
    top = work.fresh()
    names = ["a.json", "a.sarif", "a.html", "a.xml", "a.md", "a.txt"]
    argv = [x for n in names for x in ("--report", top / n)]
    done = tool("run", *argv, "--", work.program, "race")
    same(done.returncode, 66, "status")
    begins = ['{"redflag"', '{\n "$schema"', "<!DOCTYPE html>", "<?xml", "### Redflag", "=="]
    for n, b in zip(names, begins):
        expect((top / n).read_text().startswith(b), n)
    same(sorted(p.name for p in top.iterdir()), sorted(names), "files")


@test
def kept_files_are_read_by_report_and_an_old_run_does_not_count(work):
    top = work.fresh() / "keep"
    tool("run", "--keep", top, "--", work.program, "race")
    second = tool("run", "--keep", top, "--", work.program, "status=0")
    same(second.returncode, 0, "status of a clean run")
    same(tool("report", "list", top).stdout.count("\n"), 3, "lines")


@test
def nothing_is_left_behind(work):
    tmp = work.fresh()
    tool("run", "--", work.program, "race", env={"TMPDIR": str(tmp)})
    same(list(tmp.iterdir()), [], "files in TMPDIR")


@test
def an_odd_directory_is_quoted(work):
    tmp = work.fresh() / "a: b,'c"
    tmp.mkdir()
    same(tool("run", "--", work.program, "race", env={"TMPDIR": str(tmp)}).returncode, 66, "status")


@test
def the_commands_output_and_input_are_its_own(work):
    done = tool("run", "--quiet", "--", "cat", stdin="in\n")
    same((done.stdout, done.stderr, done.returncode), ("in\n", "", 0), "cat")


@test
def run_with_a_signal_that_is_ignored_still_waits(work):
    done = run("sh", "-c", f"trap '' CHLD; exec {TOOL} run -- sh -c 'exit 4'")
    same(done.returncode, 4, "status")


@test
def a_report_that_cannot_be_written_is_told(work):
    done = tool("run", "--report", "/nowhere/x.json", "--", work.program, "race")
    same(done.returncode, 1, "status")
    expect("/nowhere/x.json: cannot be written" in done.stderr, done.stderr[-200:])
    done = run("sh", "-c", f"{TOOL} run --keep /dev/null -- true")
    same(done.returncode, 1, "status")


# ---- report ----

def three(work):
    top = work.fresh()
    made.whole(top / "a.json", made.race(), made.race("aaaaaaaa", accesses=[
        made.access(2, [made.frame("queue_push", "lib/queue.c", 7)]), made.access(3)]))
    made.whole(top / "b.json", made.finding(), made.race())
    return top


@test
def filters_choose_reports(work):
    top = three(work)
    for options, ids in (((), ["aaaaaaaa", "5f3a91c2", "00000abc"]), (("--kind", "deadlock"), ["00000abc"]),
                         (("--file", "lib/*"), ["aaaaaaaa"]), (("--file", "queue.c"), ["aaaaaaaa"]),
                         (("--function", "queue_*"), ["aaaaaaaa"]), (("--id", "5f3a91c2"), ["5f3a91c2"]),
                         (("--id", "5f3a91c2", "--id=00000abc"), ["5f3a91c2", "00000abc"]), (("--kind", "none"), [])):
        done = tool("report", "list", *options, top)
        same([l.split()[0] for l in done.stdout.splitlines()], ids, f"{options}")
        same(tool("report", "list", "--fail", *options, top).returncode, 66 if ids else 0, f"{options}: status")


@test
def new_since_leaves_out_what_is_known(work):
    top = three(work)
    b = work.fresh() / "b"
    b.write_text('{"redflag_baseline": 1, "reports": [{"id": "5f3a91c2"}, {"id": "00000abc"}]}')
    done = tool("report", "list", "--new-since", b, top)
    same([l.split()[0] for l in done.stdout.splitlines()], ["aaaaaaaa"], "ids")


@test
def compare_tells_new_and_gone(work):
    top = three(work)
    done = tool("report", "compare", top / "a.json", top / "b.json")
    same(done.returncode, 0, "status")
    same([l.split()[:2] for l in done.stdout.splitlines()][:3],
         [["new", "00000abc"], ["both", "5f3a91c2"], ["gone", "aaaaaaaa"]], "lines")
    expect(done.stdout.endswith("1 new, 1 in both, 1 gone\n"), done.stdout)
    same(tool("report", "compare", "--fail", top / "a.json", top / "b.json").returncode, 66, "status with --fail")
    same(tool("report", "compare", "--fail", top / "a.json", top / "a.json").returncode, 0, "status of nothing new")


@test
def suppress_prints_a_line_that_the_runtime_takes(work):
    top = work.fresh()
    work.reports(top / "d", "race")
    ids = [l.split()[0] for l in tool("report", "list", top / "d").stdout.splitlines()]
    done = tool("report", "suppress", ids[0], top / "d")
    same(done.returncode, 0, "status")
    expect(re.fullmatch(rf"# data race programs/races.c:\d+, id {ids[0]}\nrace:work\n", done.stdout), done.stdout)
    (top / "s").write_text(done.stdout)
    _, quiet = work.reports(top / "e", "race", options=f"suppressions={top}/s")
    same(quiet.returncode, 0, "status with the suppression")
    refused("report", "suppress", "deadbeef", top / "d", words="no report has the id deadbeef", status=1)


@test
def output_is_whole_or_not_at_all(work):
    top = three(work)
    old = top / "out.txt"
    old.write_text("old")
    done = tool("report", "show", "/nowhere/x", "-o", old)
    same(done.returncode, 1, "status")
    same([p.name for p in top.iterdir() if p.name.startswith("out.txt.")], [], "unfinished files")
    done = run("sh", "-c", f"ulimit -f 0; trap '' XFSZ; exec {TOOL} report convert -f html {top} -o {old}")
    same(done.returncode, 1, "status on a full disk")
    expect("cannot be written" in done.stderr, done.stderr)
    done = run("sh", "-c", f"{TOOL} report convert -f html {top} >/dev/full")
    same(done.returncode, 1, "status on a full device")


@test
def standard_input_is_read(work):
    top = three(work)
    done = tool("report", "list", "-", stdin=(top / "b.json").read_text())
    same(len(done.stdout.splitlines()), 2, "lines")


# ---- ci ----

@test
def ci_serves_the_service_it_runs_on(work):
    top = three(work)
    page = work.fresh() / "page"
    page.write_text("before\n")
    github = tool("ci", top, env={"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(page)})
    same(github.returncode, 66, "status on GitHub")
    same(github.stdout.count("::error "), 3, "annotations")
    expect(page.read_text().startswith("before\n### Redflag: 3 new, 0 known"), page.read_text()[:80])
    here = work.fresh()
    gitlab = tool("ci", top, env={"GITLAB_CI": "true"}, cwd=here)
    same((gitlab.returncode, len(json.loads((here / "gl-code-quality-report.json").read_text()))), (66, 3), "GitLab")
    plain = tool("ci", "--no-fail", top)
    same(plain.returncode, 0, "status with --no-fail")
    expect(plain.stdout.startswith("### Redflag: 3 new"), plain.stdout[:80])
    clean = tool("ci", made.whole(work.fresh() / "c.json"))
    same((clean.returncode, clean.stdout), (0, "### Redflag: 0 new, 0 known reports in 1 process\n"), "nothing found")


# ---- Completion and the manual ----

@test
def completion_scripts_parse_and_complete(work):
    for shell, check in (("bash", ["bash", "-n"]), ("zsh", ["zsh", "-n"]), ("fish", ["fish", "--no-execute"])):
        script = work.fresh() / shell
        script.write_text(tool("help", "--completion", shell).stdout)
        expect(script.read_text(), f"{shell}: nothing")
        if run("sh", "-c", f"command -v {check[0]}").returncode == 0:
            done = run(*check, script)
            same((done.returncode, done.stderr), (0, ""), shell)
    script = work.fresh() / "c"
    script.write_text(tool("help", "--completion", "bash").stdout + r"""
try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _redflag; printf '%s\n' "${COMPREPLY[*]}"; }
try redflag r
try redflag report con
try redflag report convert --format sa
try redflag run --up
""")
    same(run("bash", script, cwd=work.fresh()).stdout.splitlines(), ["run report", "convert", "sarif", "--update-baseline"], "bash")


# ---- On a terminal ----

def on_terminal(argv, keys, seconds=60):
    """What appears on the terminal and the status; keys are typed once `ready` appears. The one that interrupts is typed
    again while nothing happens: a shell that gets it just before it starts a command waits for that command first."""
    import pty
    import select
    pid, fd = pty.fork()
    if not pid:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # jobs in the background of a script ignore it
        os.environ.pop("REDFLAG_OPTIONS", None)
        os.execv(str(argv[0]), [str(a) for a in argv])
    seen, typed, end = b"", False, time.monotonic() + seconds
    while time.monotonic() < end:
        if not select.select([fd], [], [], 0.5)[0]:
            if typed and keys == b"\x03":
                os.write(fd, keys)
            continue
        try:
            piece = os.read(fd, 65536)
        except OSError:  # the last process has closed the terminal
            break
        if not piece:
            break
        seen += piece
        if b"ready" in seen and not typed:
            os.write(fd, keys)
            typed = True
    else:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    return seen.decode(errors="replace"), os.waitstatus_to_exitcode(status)


@test
def the_command_reads_from_the_terminal(work):
    seen, status = on_terminal([TOOL, "run", "--", "sh", "-c", "echo ready; read x; echo got $x; exit 3"], b"words\n")
    expect("got words" in seen, seen)
    same(status, 3, "status")


@test
def a_key_that_interrupts_ends_the_command_and_shows_what_was_found(work):
    seen, status = on_terminal([TOOL, "run", "--repeat", "9", "--", "sh", "-c",
                                f"{work.program} race; echo ready; sleep 100"], b"\x03")
    expect("3 new" in seen, seen[-500:])
    same(status, 66, "status")


@test
def progress_is_shown_on_a_terminal_only(work):
    argv = [TOOL, "run", "--repeat", "3", "--", "true"]
    expect("run 2 of 3" in on_terminal(argv, b"")[0], "no progress")
    expect("run 2 of 3" not in run(*argv).stderr, "progress in a log")
