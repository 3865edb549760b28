"""What processes write: report_path and format=json."""
import json
import os
import re
from pathlib import Path

import jsonschema
import made

from harness import HERE, ROOT, BUILD, expect, lines, of_type, run, same, test, tool

SCHEMA = json.loads((ROOT / "docs/schema/redflag-report-1.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def check_schema(objects, where):
    for n, o in enumerate(objects, 1):
        for e in VALIDATOR.iter_errors(o):
            best = jsonschema.exceptions.best_match([e])
            expect(False, f"{where}:{n}: {'/'.join(map(str, best.absolute_path))}: {best.message[:200]}")


@test
def the_schema_is_a_schema(work):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@test
def the_schema_refuses_what_is_wrong(work):
    files, _ = work.reports(work.fresh() / "d", "race")
    race = of_type(next(iter(files.values())), "race")[0]
    VALIDATOR.validate(race)
    for change in ({"id": "xyz"}, {"kind": ""}, {"accesses": race["accesses"][:1]}, {"unheard_of": 1}, {"pid": "1"}):
        expect(not VALIDATOR.is_valid({**race, **change}), f"valid with {list(change)}")
    for missing in ("id", "kind", "memory", "accesses", "mend"):
        expect(not VALIDATOR.is_valid({k: v for k, v in race.items() if k != missing}), f"valid without {missing}")


@test
def a_process_writes_its_line_its_reports_and_its_end(work):
    files, done = work.reports(work.fresh() / "d", "race", "misuse", "status=3")
    same(done.returncode, 66, "status")
    same(len(files), 1, "files")
    name, objects = next(iter(files.items()))
    expect(re.fullmatch(r"redflag\.\d+\.json", name), name)
    check_schema(objects, name)
    same([o["type"] for o in objects], ["process", "race", "race", "race", "finding", "end"], "lines")
    same(objects[0]["command"][1:], ["race", "misuse", "status=3"], "command")
    same(objects[0]["cwd"], str(HERE), "cwd")
    same((objects[-1]["races"], objects[-1]["findings"]), (3, 1), "counts")
    expect("WARNING: Redflag" in done.stderr, "the text report is not on stderr")


@test
def a_race_tells_what_the_text_tells(work):
    files, done = work.reports(work.fresh() / "d", "race")
    races = of_type(next(iter(files.values())), "race")
    same(sorted(r["id"] for r in races), sorted(re.findall(r"^  id: ([0-9a-f]+)", done.stderr, re.M)), "ids")
    counter = next(r for r in races if r["memory"].get("name") == "counter")
    now, before = counter["accesses"]
    expect(now["write"] or before["write"], "no side writes")
    same(now["stack"][0]["function"], "work", "function")
    same(now["thread"]["kind"], "thread", "kind of thread")
    same(now["locks"], [], "locks")
    same(now["last_sync"]["what"], "start", "last synchronisation")
    same((now["old"], now["new"]), ("0x1", "0x2"), "values")
    same(len(counter["births"]), 2, "births")
    same(counter["suppress"], "race:work", "suppression")
    expect(counter["why"].startswith("nothing orders"), counter.get("why"))
    expect(counter["text"] in done.stderr, "text is not what stderr shows")
    heap = next(r for r in races if r["memory"]["kind"] == "heap")
    same((heap["memory"]["size"], heap["memory"]["offset"]), (16, 8), "heap block")
    same(heap["memory"]["allocation"][0]["function"], "calloc", "allocation")


@test
def a_process_without_reports_writes_its_line_and_its_end(work):
    files, done = work.reports(work.fresh() / "d", "status=5")
    same((done.returncode, done.stderr), (5, ""), "process")
    same([[o["type"] for o in f] for f in files.values()], [["process", "end"]], "lines")


@test
def a_killed_process_leaves_its_reports(work):
    for how, status in (("killed", -9), ("terminated", -15)):
        files, done = work.reports(work.fresh() / "d", "race", how)
        same(done.returncode, status, "status")
        same([[o["type"] for o in f] for f in files.values()], [["process", "race", "race", "race"]], "lines")


@test
def exit_by_the_short_way_writes_the_end(work):
    files, done = work.reports(work.fresh() / "d", "race", "_exit")
    same(done.returncode, 66, "status")
    same([f[-1]["type"] for f in files.values()], ["end"], "last line")


@test
def a_forked_child_has_a_file_of_its_own(work):
    files, done = work.reports(work.fresh() / "d", "race", "fork", "race")
    same(len(files), 2, "files")
    by_pid = {f[0]["pid"]: f for f in files.values()}
    child = next(f for f in files.values() if f[0]["parent"] in by_pid)
    same([o["type"] for o in child], ["process", "race", "end"][:1] + [o["type"] for o in child[1:]], "child")
    expect(all(o["pid"] == child[0]["pid"] for o in child), "a line of another process")
    same(child[-1]["type"], "end", "last line of the child")


@test
def a_forked_child_that_only_executes_writes_nothing(work):
    files, _ = work.reports(work.fresh() / "d", "fork-and-exec")
    same(len(files), 1, "files")


@test
def a_forked_child_that_finds_a_race_first_opens_its_file_then(work):
    files, _ = work.reports(work.fresh() / "d", "fork", "chdir", "race", "killed")
    same(sorted(len(of_type(f, "race")) for f in files.values()), [0, 3], "races")


@test
def exec_keeps_what_was_written_before(work):
    files, done = work.reports(work.fresh() / "d", "race", "exec", "race")
    same(sorted(n.split(".", 2)[2] for n in files), ["1.json", "json"], "names")
    same([len(of_type(f, "race")) for f in files.values()], [3, 3], "races")


@test
def a_program_that_closes_every_descriptor_still_writes(work):
    files, _ = work.reports(work.fresh() / "d", "closefrom", "race")
    same([[o["type"] for o in f] for f in files.values()], [["process", "race", "race", "race", "end"]], "lines")


@test
def a_relative_path_holds_after_chdir(work):
    top = work.fresh()
    done = run(work.program, "chdir", "race", cwd=top, env={"REDFLAG_OPTIONS": "report_path=there"})
    names = [p.name for p in top.iterdir()]
    same(len(names), 1, "files")
    expect(re.fullmatch(r"there\.\d+\.json", names[0]), names[0])
    same(len(of_type(lines(top / names[0]), "race")), 3, "races")
    same(done.returncode, 66, "status")


@test
def a_process_that_changes_its_root_still_writes(work):
    if os.geteuid():
        return  # only root may
    for then in (("race",), ("fork", "race"), ("closefrom", "race")):
        top = work.fresh()
        done = run(work.program, "chroot", *then, cwd=top, env={"REDFLAG_OPTIONS": "report_path=here"})
        found = sum(len(of_type(lines(p), "race")) for p in top.iterdir())
        if then[0] == "closefrom":  # nothing leads to the file any more, so the log has to do
            same((found, done.stderr.count("cannot write reports to"), done.stderr.count("SUMMARY")), (0, 1, 3), "told")
        else:
            same((found, done.returncode), (3, 0 if then[0] == "fork" else 66), f"{then}")


@test
def a_file_that_is_there_is_not_overwritten(work):
    top = work.fresh()
    script = f"echo mine >{top}/p.$$.json; exec {work.program} race"
    run("sh", "-c", script, env={"REDFLAG_OPTIONS": f"report_path={top}/p"})
    texts = {p.name: p.read_text() for p in top.iterdir()}
    same(len(texts), 2, "files")
    expect("mine\n" in texts.values(), "the file was overwritten")


@test
def a_path_that_cannot_be_written_is_told_before_the_program_runs(work):
    done = run(work.program, "race", env={"REDFLAG_OPTIONS": "report_path=/nowhere/at/all/x"})
    same(done.returncode, 1, "status")
    expect(re.fullmatch(r"Redflag: cannot write reports to /nowhere/at/all/x\.\d+\.json\n", done.stderr), done.stderr)


@test
def a_full_disk_loses_no_report(work):
    top = work.fresh()
    script = f"ulimit -f 1; trap '' XFSZ; exec {work.program} race"  # blocks of 512 or 1024 bytes
    done = run("sh", "-c", script, env={"REDFLAG_OPTIONS": f"report_path={top}/"})
    same(done.stderr.count("SUMMARY: Redflag"), 3, "text reports")
    same(done.stderr.count("cannot write reports to"), 1, "complaints")
    same(done.returncode, 66, "status")
    content = next(top.iterdir()).read_text()
    for line in content.splitlines()[:-1]:
        json.loads(line)  # only the last may be cut off


@test
def max_reports_bounds_the_log_and_not_the_file(work):
    files, done = work.reports(work.fresh() / "d", "race", options="max_reports=1")
    same(done.stderr.count("SUMMARY: Redflag"), 1, "text reports")
    objects = next(iter(files.values()))
    same(len(of_type(objects, "race")), 3, "races in the file")
    same(objects[-1]["not_shown"], 2, "not shown")


@test
def the_end_counts_what_a_limit_of_memory_cost(work):
    files, done = work.reports(work.fresh() / "d", "race", options="memory_limit_mb=1")
    same(done.stderr.count("Redflag: degraded: memory_limit_mb"), 1, "lines that tell")
    objects = next(iter(files.values()))
    check_schema(objects, "with a limit")
    end = objects[-1]
    same(end["limit_bytes"], 1 << 20, "limit")
    expect(end["limit_reached"] >= 1 and end["taken_bytes"] > 0, "not reached")
    same(end["forgotten_bytes"], 0, "forgotten: the records alone exceed this limit")
    same(len(of_type(objects, "race")), 3, "races")
    files, done = work.reports(work.fresh() / "d", "race")
    expect("limit_bytes" not in next(iter(files.values()))[-1], "a limit where there is none")


@test
def a_negative_limit_of_memory_is_refused(work):
    done = run(work.program, "race", env={"REDFLAG_OPTIONS": "memory_limit_mb=-1"})
    same(done.returncode, 1, "status")
    expect("memory_limit_mb" in done.stderr and len(done.stderr.splitlines()) == 1, "not one clear line")


@test
def merging_keeps_what_was_without_checks(work):
    top = work.fresh()
    end = {**made.END, "plain": ["libold.so", "odd.o"]}
    made.write(top / "a.json", made.HEADER, made.race(), end)
    other = {"pid": 8, "plain": ["odd.o", "late.o"]}
    made.write(top / "b.json", {**made.HEADER, "cwd": "/src/other", "pid": 8}, {**end, **other})
    names = {"libold.so": "/src/app", "odd.o": "/src/app", "late.o": "/src/other"}
    for inputs, name in (([top / "a.json", top / "b.json"], "once.json"), ([top / "once.json"], "twice.json")):
        same(tool("report", "merge", *inputs, "-o", top / name).returncode, 0, "status")
        objects = [json.loads(line) for line in (top / name).read_text().splitlines()]
        check_schema(objects, name)
        same({p["name"]: p["directory"] for p in objects[0]["plain"]}, names, f"plain in {name}")


@test
def format_json_writes_lines_in_place_of_the_text(work):
    done = run(work.program, "race", "misuse", env={"REDFLAG_OPTIONS": "format=json"})
    objects = [json.loads(l) for l in done.stderr.splitlines()]
    check_schema(objects, "stderr")
    same([o["type"] for o in objects], ["process", "race", "race", "race", "finding", "end"], "lines")


@test
def format_json_says_nothing_where_nothing_is_wrong(work):
    done = run(work.program, "status=0", env={"REDFLAG_OPTIONS": "format=json"})
    same((done.returncode, done.stderr), (0, ""), "process")


@test
def format_json_goes_where_log_path_says(work):
    top = work.fresh()
    done = run(work.program, "race", env={"REDFLAG_OPTIONS": f"format=json:log_path={top}/log"})
    same(done.stderr, "", "stderr")
    same([o["type"] for o in lines(next(top.iterdir()))], ["process", "race", "race", "race", "end"], "lines")


@test
def an_unknown_format_is_one_line(work):
    done = run(work.program, "race", env={"REDFLAG_OPTIONS": "format=sarif"})
    same(done.returncode, 1, "status")
    same(done.stderr.count("\n"), 1, "lines")
    expect("format is text or json" in done.stderr, done.stderr)


@test
def exitcode_0_leaves_every_way_out_its_status(work):
    for way in ((), ("_exit",)):
        done = run(work.program, "race", "status=7", *way, env={"REDFLAG_OPTIONS": "exitcode=0"})
        same(done.returncode, 7, f"status {way}")
    done = run(work.program, "race", env={"REDFLAG_OPTIONS": "exitcode=0:halt_on_error=1"})
    same(done.returncode, 1, "status of a program that the detector ends")


@test
def suppressions_are_counted_in_the_end(work):
    top = work.fresh()
    (top / "s").write_text("# a comment\nrace:work\nmutex:never\n")
    files, done = work.reports(top / "d", "race", options=f"suppressions={top}/s")
    same(done.returncode, 0, "status")
    same(next(iter(files.values()))[-1]["suppressions"],
         [{"kind": "race", "pattern": "work", "line": 2, "used": 3},
          {"kind": "mutex", "pattern": "never", "line": 3, "used": 0}], "suppressions")


@test
def names_that_are_no_utf8_or_hold_controls_are_escaped(work):
    top = work.fresh()
    source = top / "odd.c"
    source.write_bytes((HERE / "programs/races.c").read_bytes().replace(b'\nint counter;',
                       b'#line 13 "q\\"uo\\te\\\\\x1b[31m\xff\xc3\xa9.c"\nint counter;'))
    made = run(BUILD / "bin/redflag-cc", "-g", "-w", source, "-o", top / "odd")
    same(made.returncode, 0, made.stderr)
    done = run(top / "odd", "race", env={"REDFLAG_OPTIONS": f"report_path={top}/r"})
    same(done.returncode, 66, "status")
    raw = next(top.glob("r.*.json")).read_bytes()
    expect(all(b >= 0x20 or b == 0x0a for b in raw), "a control character in the file")
    objects = [json.loads(l) for l in raw.decode("utf-8").splitlines()]
    check_schema(objects, "file")
    name = next(f["file"] for f in of_type(objects, "race")[0]["accesses"][0]["stack"] if "file" in f)
    expect("\x1b[31m\ufffd\u00e9.c" in name, repr(name))


@test
def goroutines_and_samples_write_valid_lines(work):
    programs = ["next.c", "counter.c", "deadlock.c"]
    found = [s for s in programs if (ROOT / "samples" / s).exists()] or sorted(
        p.name for p in (ROOT / "samples").glob("*.c"))[:3]
    top = work.fresh()
    for name in found:
        exe = top / name.removesuffix(".c")
        made = run(BUILD / "bin/redflag-cc", "-g", f"samples/{name}", "-o", exe, cwd=ROOT)
        same(made.returncode, 0, made.stderr)
        run(exe, env={"REDFLAG_OPTIONS": f"report_path={top}/{name}"}, cwd=ROOT)
    for path in top.glob("*.json"):
        check_schema(lines(path), path.name)
    expect(len(list(top.glob("*.json"))) >= len(found), "too few files")
