"""Every format that `redflag report convert` writes."""
import json
import os
import re
import xml.etree.ElementTree as xml
from html.parser import HTMLParser
from pathlib import Path

import jsonschema

import made
from files import check_schema
from harness import HERE, Wrong, expect, lines, run, same, test, tool

HOSTILE = "</pre><script>alert(1)</script>\x1b[31m::error::x%\r\n\"'&<b>\u202e|`*_[x](javascript:y)]]>"


def convert(form, *paths, **how):
    done = tool("report", "convert", "--format", form, *paths, **how)
    same((done.returncode, done.stderr), (0, ""), form)
    return done.stdout


def real(work):
    top = work.fresh() / "d"
    work.reports(top, "race", "misuse")
    return top


# ---- SARIF ----

def one(o, *names):
    for n in names:
        expect(n in o, f"{n} is missing in {str(o)[:100]}")


def known(o, names, what):
    extra = set(o) - set(names)
    expect(not extra, f"{what} has unknown properties {extra}")


def check_location(l, bases):
    known(l, {"id", "physicalLocation", "logicalLocations", "message"}, "location")
    if "physicalLocation" in l:
        p = l["physicalLocation"]
        known(p, {"artifactLocation", "region"}, "physicalLocation")
        one(p["artifactLocation"], "uri")
        known(p["artifactLocation"], {"uri", "uriBaseId"}, "artifactLocation")
        uri = p["artifactLocation"]["uri"]
        expect(re.fullmatch(r"[A-Za-z0-9._~!$&'()*+,;=:@/%-]*", uri), f"no URI: {uri}")
        if "uriBaseId" in p["artifactLocation"]:
            expect(p["artifactLocation"]["uriBaseId"] in bases, "unknown uriBaseId")
            expect(not uri.startswith("/") and ".." not in uri.split("/"), f"not below its base: {uri}")
        expect(p["region"]["startLine"] >= 1 and p["region"].get("startColumn", 1) >= 1, "region")
    for f in l.get("logicalLocations", []):
        one(f, "fullyQualifiedName")
    if "message" in l:
        one(l["message"], "text")


def check_sarif(log):
    """What the OASIS schema requires of the properties that are written, and what consumers do besides. With
    RF_SARIF_SCHEMA, a copy of the schema itself judges, too."""
    known(log, {"$schema", "version", "runs"}, "log")
    same(log["version"], "2.1.0", "version")
    for r in log["runs"]:
        known(r, {"tool", "originalUriBaseIds", "columnKind", "results"}, "run")
        driver = r["tool"]["driver"]
        one(driver, "name", "version", "rules")
        rules = driver["rules"]
        ids = [u["id"] for u in rules]
        same(len(ids), len(set(ids)), "rules with one id")
        expect(r["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints"), "columnKind")
        for s in r["results"]:
            known(s, {"ruleId", "ruleIndex", "level", "message", "locations", "relatedLocations", "codeFlows",
                      "partialFingerprints", "occurrenceCount", "baselineState"}, "result")
            one(s, "ruleId", "message", "locations", "partialFingerprints")
            same(ids[s["ruleIndex"]], s["ruleId"], "rule")
            expect(s["level"] in ("none", "note", "warning", "error"), "level")
            expect(s.get("baselineState", "new") in ("new", "unchanged", "updated", "absent"), "baselineState")
            expect(s["occurrenceCount"] >= 1, "occurrenceCount")
            expect(s["message"]["text"] and s["message"]["markdown"], "message")
            expect(all(isinstance(v, str) for v in s["partialFingerprints"].values()), "fingerprints")
            for l in s["locations"] + s["relatedLocations"]:
                check_location(l, r["originalUriBaseIds"])
            related = [l["id"] for l in s["relatedLocations"]]
            same(len(related), len(set(related)), "related locations with one id")
            for c in s["codeFlows"]:
                flows = [t["id"] for t in c["threadFlows"]]
                same(len(flows), len(set(flows)), "flows with one id")
                for t in c["threadFlows"]:
                    expect(t["locations"], "a flow without locations")
                    for l in t["locations"]:
                        known(l, {"location", "nestingLevel", "importance"}, "threadFlowLocation")
                        expect(l["importance"] in ("important", "essential", "unimportant"), "importance")
                        expect(l["nestingLevel"] >= 0, "nestingLevel")
                        check_location(l["location"], r["originalUriBaseIds"])
    if os.environ.get("RF_SARIF_SCHEMA"):
        schema = json.loads(Path(os.environ["RF_SARIF_SCHEMA"]).read_text())
        wrong = jsonschema.exceptions.best_match(jsonschema.validators.validator_for(schema)(schema).iter_errors(log))
        expect(not wrong, wrong and f"{list(wrong.absolute_path)}: {wrong.message}")


@test
def sarif_is_valid_for_real_reports(work):
    log = json.loads(convert("sarif", real(work), cwd=HERE))
    check_sarif(log)
    results = log["runs"][0]["results"]
    same(len(results), 4, "results")
    race = next(r for r in results if r["ruleId"] == "data-race")
    same(len(race["codeFlows"][0]["threadFlows"]), 2, "flows")
    same(race["locations"][0]["physicalLocation"]["artifactLocation"],
         {"uri": "programs/races.c", "uriBaseId": "SRCROOT"}, "location")


@test
def sarif_flows_show_start_synchronisation_calls_and_access(work):
    path = made.whole(work.fresh() / "a.json", made.race())
    log = json.loads(convert("sarif", path))
    check_sarif(log)
    steps = log["runs"][0]["results"][0]["codeFlows"][0]["threadFlows"][1]["locations"]
    words = [s["location"]["message"]["text"] for s in steps]
    same(words, ["thread 3 `worker` is started", "last synchronisation before: pthread_mutex_lock", "calls",
                 "earlier write of `counter` by thread 3 `worker`"], "steps")
    same(log["runs"][0]["results"][0]["partialFingerprints"], {"redflagId/v1": "5f3a91c2"}, "fingerprint")


@test
def the_nearest_miss_is_in_flows_and_timeline(work):
    top = work.fresh()
    for kind, later in (("acquired too early", True), ("released too early", False)):
        path = made.whole(top / "a.json", made.race(near_miss=made.near_miss(kind)))
        log = json.loads(convert("sarif", path))
        check_sarif(log)
        now, before = log["runs"][0]["results"][0]["codeFlows"][0]["threadFlows"]
        words = [s["location"]["message"]["text"] for s in before["locations"]]
        release = words.index("nearest miss: released by pthread_mutex_unlock")
        access = words.index("earlier write of `counter` by thread 3 `worker`")
        same(release > access, later, f"{kind}: the release comes after the access")
        words = [s["location"]["message"]["text"] for s in now["locations"]]
        expect(words.index("nearest miss: acquired by pthread_mutex_lock") < len(words) - 1, "the acquire comes before the access")
        out = top / "page.html"
        same(tool("report", "convert", "-f", "html", path, "-o", out).returncode, 0, "status")
        tidy(out)
        for what in ("released by pthread_mutex_unlock", "acquired by pthread_mutex_lock", "src/a.c:22:3"):
            expect(what in out.read_text(), f"{kind}: the timeline lacks {what}")
    # Whether a store in relaxed order came before the access or after it is not known: no place in a flow.
    relaxed = {**made.near_miss("relaxed store"), "release": {"what": "store", "at": made.frame("work", "src/a.c", 22)}}
    log = json.loads(convert("sarif", made.whole(top / "b.json", made.race(near_miss=relaxed))))
    for flow in log["runs"][0]["results"][0]["codeFlows"][0]["threadFlows"]:
        expect(not any("store" in s["location"]["message"]["text"] for s in flow["locations"]), "a store in a flow")
    merged = top / "merged.json"
    same(tool("report", "merge", path, "-o", merged).returncode, 0, "status of merge")
    expect("near_miss" in merged.read_text(), "merge drops it")


@test
def sarif_has_no_path_of_the_machine(work):
    top = work.fresh()
    for name, want in (("/src/app/x/y.c", "x/y.c"), ("/src/app/x/../../app/z.c", "z.c"), ("./a//b/./c.c", "a/b/c.c"),
                       (f"{top}/deep/d.c", "deep/d.c"), ("a b%.c", "a%20b%25.c")):
        path = made.whole(top / "a.json", made.race(accesses=[made.access(2, [made.frame(file=name)]), made.access(3)]))
        log = json.loads(convert("sarif", path, cwd=top))
        check_sarif(log)
        place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        same(place, {"uri": want, "uriBaseId": "SRCROOT"}, name)
    path = made.whole(top / "a.json", made.race(accesses=[made.access(2, [made.frame(file="../../etc/x")]), made.access(3)]))
    place = json.loads(convert("sarif", path, cwd=top))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    expect("uriBaseId" not in place["artifactLocation"], "a file outside is said to be below the root")


@test
def sarif_of_nothing_is_valid(work):
    log = json.loads(convert("sarif", made.whole(work.fresh() / "a.json")))
    check_sarif(log)
    same(log["runs"][0]["results"], [], "results")


@test
def the_check_of_sarif_refuses_what_is_wrong(work):
    good = json.loads(convert("sarif", made.whole(work.fresh() / "a.json", made.race())))
    result = good["runs"][0]["results"][0]
    for change in ({"level": "bad"}, {"ruleIndex": 1}, {"occurrenceCount": 0}, {"unheard": 1}, {"codeFlows": [{"threadFlows": [{"id": "x", "locations": []}]}]}):
        bad = json.loads(json.dumps(good))
        bad["runs"][0]["results"][0] = {**result, **change}
        try:
            check_sarif(bad)
        except (Wrong, IndexError):
            continue
        raise Wrong(f"not refused: {change}")


# ---- JUnit, GitHub, GitLab ----

@test
def junit_is_xml_with_one_case_per_report(work):
    root = xml.fromstring(convert("junit", real(work)))
    suite = root.find("testsuite")
    cases = suite.findall("testcase")
    same((len(cases), suite.get("tests"), suite.get("failures")), (4, "4", "4"), "cases")
    for c in cases:
        expect("WARNING: Redflag" in c.find("failure").text, "the text of the report is missing")


@test
def junit_of_nothing_has_one_case_that_passed(work):
    root = xml.fromstring(convert("junit", made.whole(work.fresh() / "a.json")))
    cases = root.findall("testsuite/testcase")
    same((len(cases), len(list(cases[0]))), (1, 0), "cases")


@test
def junit_skips_what_the_baseline_knows(work):
    top = work.fresh()
    path = made.whole(top / "a.json", made.race(), made.race("aaaaaaaa"))
    (top / "b").write_text('{"redflag_baseline": 1, "reports": [{"id": "5f3a91c2"}]}')
    suite = xml.fromstring(convert("junit", "--baseline", top / "b", path)).find("testsuite")
    same([suite.get(k) for k in ("tests", "failures", "skipped")], ["2", "1", "1"], "counts")
    same([[e.tag for e in c] for c in suite], [["skipped"], ["failure"]], "cases")
    results = json.loads(convert("sarif", "--baseline", top / "b", path))["runs"][0]["results"]
    same([r.get("baselineState") for r in results], ["unchanged", None], "SARIF")
    same(convert("github", "--baseline", top / "b", path).count("::error"), 1, "annotations")


@test
def github_annotations_are_one_line_each_and_escaped(work):
    path = made.whole(work.fresh() / "a.json", made.race(kind=f"odd {HOSTILE}", text="", accesses=[
        made.access(2, [made.frame(file="a,b:c%.c")], expression=HOSTILE), made.access(3, [made.frame(line=20)])]))
    out = convert("github", path)
    commands = out.splitlines()
    same(len(commands), 2, "lines")
    expect(commands[0].startswith("::error file=a%2Cb%3Ac%25.c,line=10,col=3,title=odd "), commands[0])
    expect(commands[1].startswith("::notice file=src/a.c,line=20"), commands[1])
    same(set(out) & set("\x1b\r\u202e"), set(), "characters that steer")


@test
def gitlab_issues_have_what_the_service_reads(work):
    issues = json.loads(convert("gitlab", real(work), cwd=HERE))
    same(len(issues), 4, "issues")
    for i in issues:
        one(i, "description", "check_name", "fingerprint", "severity", "location")
        expect(i["severity"] in ("info", "minor", "major", "critical", "blocker"), i["severity"])
        same(i["location"]["path"], "programs/races.c", "path")
        expect(i["location"]["lines"]["begin"] >= 1, "line")


# ---- HTML ----

class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *a) for a in attributes]

    def handle_data(self, data):
        self.words.append(data)


def tidy(path):
    done = run("tidy", "-q", "-e", "--drop-empty-elements", "no", path)
    expect(done.returncode == 0, f"tidy: {done.stderr[:400]}")


@test
def html_is_valid_and_loads_nothing(work):
    top = work.fresh()
    out = top / "page.html"
    same(tool("report", "convert", "-f", "html", real(work), "-o", out, cwd=HERE).returncode, 0, "status")
    tidy(out)
    page = Page(out.read_text())
    same(page.tags.count("article"), 4, "articles")
    same(page.tags.count("svg"), 3, "timelines")
    loads = [a for a in page.attributes if a[1] in ("src", "href", "srcset", "action", "background")]
    same(loads, [], "what the page loads")
    same(re.findall(r"https?://|@import|url\(", out.read_text()), [], "addresses")
    expect(any("calloc(4, sizeof *block)" in w for w in page.words) or any("((int *)block)[2]++" in w for w in page.words),
           "no source on the page")
    labels = {v for t, k, v in page.attributes if k == "for"}
    ids = {v for t, k, v in page.attributes if k == "id"}
    expect(labels and all(set(l.split()) <= ids for l in labels), "a label of nothing")
    for word in ("prefers-color-scheme", "@media print", "focus-visible"):
        expect(word in out.read_text(), f"no {word}")
    same(sum(1 for a in page.attributes if a[:2] == ("svg", "aria-label")), 3, "labels of timelines")


@test
def html_of_nothing_is_valid(work):
    top = work.fresh()
    tool("report", "convert", "-f", "html", made.whole(top / "a.json"), "-o", top / "p.html")
    tidy(top / "p.html")


@test
def markup_of_the_program_stays_text(work):
    top = work.fresh()
    evil = made.race(kind=HOSTILE, why=HOSTILE, mend=HOSTILE, suppress="race:" + HOSTILE, text=HOSTILE, accesses=[
        made.access(2, [made.frame(HOSTILE, HOSTILE)], expression=HOSTILE, type=HOSTILE, old="0x1", new="0x2"),
        made.access(3, [made.frame(line=20), made.frame(HOSTILE, HOSTILE)])])
    path = made.whole(top / "a.json", evil)
    clean = made.whole(top / "b.json", made.race())
    page, plain = Page(convert("html", path)), Page(convert("html", clean))
    same(page.tags, plain.tags, "tags")
    text = convert("html", path)
    expect("\x1b" not in text, "an escape in the page")
    xml.fromstring(convert("junit", path))
    json.loads(convert("gitlab", path))
    check_sarif(json.loads(convert("sarif", path)))
    markdown = convert("markdown", path)
    expect("<script>" not in markdown, "markup in Markdown")
    prose = re.sub(r"<pre>.*</pre>|<details>.*", "", markdown)  # blocks of HTML, in which Markdown means nothing
    expect("[x](java" not in prose and len(markdown.splitlines()) == len(convert("markdown", clean).splitlines()), markdown)


@test
def text_steers_no_terminal(work):
    top = work.fresh()
    steering = "a\x1b]0;x\x07b\u009b31mc\u202ed\x7f"
    path = made.whole(top / "a.json", made.race(kind=steering, text="WARNING: " + steering, accesses=[
        made.access(2, [made.frame(steering, steering)]), made.access(3)]))
    for command in (("show",), ("list",), ("suppress", "5f3a91c2")):
        done = tool("report", *command, path)
        bad = [c for c in done.stdout + done.stderr if c in "\x1b\x07\u009b\u202e\x7f"]
        same(bad, [], f"{command}: characters that steer")
        expect("ab" in done.stdout.replace("?", "").replace("]0;x", "") or command[0] == "suppress", done.stdout)


@test
def sources_outside_of_the_project_are_not_shown(work):
    top = work.fresh()
    project, outside = top / "project", top / "outside"
    project.mkdir()
    outside.mkdir()
    (outside / "secret.c").write_text("the secret\n" * 12)
    (project / "fine.c").write_text("the fine line\n" * 12)
    (project / "link.c").symlink_to(outside / "secret.c")
    os.mkfifo(project / "fifo.c")
    header = {**made.HEADER, "cwd": str(outside)}
    for name, shown in ((str(outside / "secret.c"), False), ("../outside/secret.c", False), ("secret.c", False),
                        ("link.c", False), ("fifo.c", False), ("fine.c", True), (str(project / "fine.c"), True)):
        path = made.write(top / "a.json", header, made.race(accesses=[made.access(2, [made.frame(file=name)]), made.access(3)]), made.END)
        page = convert("html", path, cwd=project)
        expect("the secret" not in page, f"{name} shows a file outside")
        same("the fine line" in page, shown, name)


@test
def text_is_what_the_runtime_wrote(work):
    top = work.fresh() / "d"
    _, done = work.reports(top, "race", "misuse")
    shown = convert("text", top)
    for block in re.findall(r"==\d+== WARNING.*?\nSUMMARY[^\n]*\n", done.stderr, re.S):
        expect(block in shown, f"missing: {block[:80]}")


@test
def merged_files_follow_the_schema_and_are_read_again(work):
    top = work.fresh()
    work.reports(top / "d", "race", "misuse")
    work.reports(top / "d", "race")
    work.reports(top / "d", "race", "killed")
    same(tool("report", "merge", top / "d", "-o", top / "all.json").returncode, 0, "status")
    objects = lines(top / "all.json")
    check_schema(objects, "all.json")
    same((objects[0]["processes"], objects[0]["unfinished"]), (3, 1), "processes")
    same(sorted(o["count"] for o in objects[1:]), [1, 3, 3, 3], "counts")
    same(tool("report", "merge", top / "all.json", "-o", top / "again.json").returncode, 0, "status")
    same(lines(top / "again.json"), objects, "read again")
    for form in ("text", "sarif", "junit", "github", "gitlab", "markdown", "html"):
        same(convert(form, top / "all.json"), convert(form, top / "d"), form)
