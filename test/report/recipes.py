"""The recipes of docs/ci, as they stand, on a small project with a race that is known and one that is new; the manual
pages; installation."""
import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as xml
from pathlib import Path

import yaml

from harness import BUILD, ROOT, expect, run, same, test, tool

CI = ROOT / "docs/ci"

PROGRAM = """
#include <pthread.h>
#include <stdio.h>
#include <string.h>
int known, fresh;
static void *work(void *new) {
  known++;
  if (new)
    fresh++;
  return NULL;
}
int main(int argc, char **argv) {
  pthread_t t[2];
  for (int i = 0; i < 2; i++)
    pthread_create(&t[i], NULL, work, argc > 1 ? argv : NULL);
  for (int i = 0; i < 2; i++)
    pthread_join(t[i], NULL);
  return 0;
}
"""
CMAKE = """cmake_minimum_required(VERSION 3.20)
project(small C)
enable_testing()
add_executable(small small.c)
target_link_libraries(small pthread)
file(STRINGS arguments arguments)
add_test(NAME small COMMAND small ${arguments})
"""
MAKE = """include redflag.mk
small: small.c
	$(CC) -g -o $@ $< -pthread
check: small
	./small $$(cat arguments)
"""


def project(work, arguments=""):
    top = work.fresh()
    (top / "small.c").write_text(PROGRAM)
    (top / "CMakeLists.txt").write_text(CMAKE)
    (top / "Makefile").write_text(MAKE)
    (top / "arguments").write_text(arguments)
    for name in ("CMakePresets.json", "redflag.mk"):
        shutil.copy(CI / name, top)
    return top


def environment(**more):
    return {"PATH": f"{BUILD / 'bin'}:{os.environ['PATH']}", "CC": "", "CXX": "", **more}


def shell(script, top, **more):
    env = environment(**more)
    return run("env", "-u", "CC", "-u", "CXX", "bash", "-e", "-c", script, cwd=top, env=env, timeout=300)


def accept(top):
    """The baseline of the project without the new race, by the words of docs/ci/README.md."""
    done = shell("cmake --preset redflag && cmake --build --preset redflag", top)
    same(done.returncode, 0, done.stdout + done.stderr)
    words = re.search(r"^(redflag run .*--update-baseline.*)$", (CI / "README.md").read_text(), re.M).group(1)
    done = shell(words, top)
    same(done.returncode, 0, done.stdout + done.stderr)
    same(len(json.loads((top / "redflag-baseline.json").read_text())["reports"]), 1, "entries of the baseline")


def verdicts(work, scripts, after=(), **env):
    """Each script's steps pass with the known race and fail with the new one."""
    top = project(work)
    accept(top)
    for arguments, fails in (("", False), ("new", True), ("", False)):
        (top / "arguments").write_text(arguments)
        shutil.rmtree(top / "redflag-reports", ignore_errors=True)
        statuses = []
        for s in scripts:
            statuses.append(shell(s, top, **env).returncode)
            if statuses[-1]:
                break
        same(statuses[-1], 66 if fails else 0, f"verdict with {arguments!r}")
        for s in after:
            done = shell(s, top, **env)
            same(done.returncode, 0, done.stdout + done.stderr)
            expect(("1 new, 1 known" if fails else "0 new, 1 known") in done.stdout + env_page(env), done.stdout)
    return top


def env_page(env):
    page = env.get("GITHUB_STEP_SUMMARY")
    return Path(page).read_text() if page else ""


@test
def the_github_recipe_gates(work):
    steps = yaml.safe_load((CI / "github-actions.yml").read_text())["jobs"]["races"]["steps"]
    runs = [s for s in steps if "run" in s]
    same(len(runs), 3, "steps that run something")
    top = verdicts(work, [s["run"] for s in runs if "if" not in s], [s["run"] for s in runs if "if" in s],
                   GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(work.fresh() / "page"))
    for s in steps:
        for name in (s.get("with", {}).get("sarif_file"), s.get("with", {}).get("path")):
            expect(not name or (top / name).is_file(), f"{name} is uploaded and was not written")


@test
def the_gitlab_recipe_gates(work):
    job = yaml.safe_load((CI / "gitlab-ci.yml").read_text())["redflag"]
    top = verdicts(work, job["script"], job["after_script"], GITLAB_CI="true")
    for name in [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()]:
        expect((top / name).is_file(), f"{name} is an artifact and was not written")


@test
def the_jenkins_recipe_gates(work):
    text = (CI / "Jenkinsfile").read_text()
    same(text.count("{"), text.count("}"), "braces")
    scripts = re.findall(r"sh '''(.*?)'''", text, re.S)
    same(len(scripts), 2, "scripts")
    top = verdicts(work, scripts)
    for name in re.findall(r"(?:testResults|artifacts): '([^']+)'", text):
        expect((top / name).is_file(), f"{name} is archived and was not written")
    xml.fromstring((top / "redflag.xml").read_text())


@test
def the_recipe_for_make_gates(work):
    top = project(work)
    same(shell("make redflag-check", top).returncode, 2, "without a baseline")
    same(shell("make redflag-baseline", top).returncode, 0, "the baseline")
    same(shell("make redflag-check", top).returncode, 0, "what is known")
    (top / "arguments").write_text("new")
    done = shell("make redflag-check", top)
    same(done.returncode, 2, "what is new")
    expect("Error 66" in done.stderr and "1 new, 1 known" in done.stderr, done.stderr)


@test
def a_suite_in_several_jobs_gets_one_verdict(work):
    top = project(work)
    accept(top)
    for job, arguments in (("job-1", ""), ("job-2", "new")):
        (top / job).mkdir()
        shell(f"redflag run --keep {job}/redflag-reports -- build-redflag/small {arguments}", top)
    words = re.search(r"^(redflag report merge.*)\n(redflag ci.*)$", (CI / "README.md").read_text(), re.M)
    same(shell(words.group(1), top).returncode, 0, "merge")
    done = shell(words.group(2), top)
    same(done.returncode, 66, "verdict")
    expect("1 new, 1 known" in done.stdout, done.stdout)


@test
def the_manual_pages_are_well_formed_and_whole(work):
    top = work.fresh()
    same(run(ROOT / "docs/man/generate-tool", BUILD / "bin/redflag", top).returncode, 0, "generate-tool")
    names = sorted(p.name for p in (top / "man1").iterdir())
    pages = ["audit", "ci", "doctor", "lint", "report", "run"]
    same(names, [f"redflag-{p}.1" for p in pages] + ["redflag.1"], "pages")
    for page in (top / "man1").iterdir():
        done = run("groff", "-man", "-Tutf8", "-ww", "-z", page)
        same(done.stderr, "", page.name)
    options = re.findall(r"--[a-z-]+", tool("help", "run").stdout)
    text = (top / "man1/redflag-run.1").read_text().replace("\\-", "-")
    same([o for o in options if o not in text], [], "options that the page of redflag run lacks")
    done = run("groff", "-man", "-Tutf8", "-ww", "-z", ROOT / "docs/man/redflag-cc.1")
    same(done.stderr, "", "redflag-cc.1")
    for page in [*names, "redflag-cc.1", "redflag-c++.1"]:
        expect((BUILD / "share/man/man1" / page).is_file(), f"{page} was not built")


@test
def an_installed_tool_works_with_its_completions(work):
    top = work.fresh()
    for part in ("detector/tool",):
        done = run("cmake", "--install", BUILD / part, "--prefix", top)
        same(done.returncode, 0, done.stderr)
    same(run(top / "bin/redflag", "--version").returncode, 0, "status")
    for name in ("share/bash-completion/completions/redflag", "share/zsh/site-functions/_redflag",
                 "share/fish/vendor_completions.d/redflag.fish"):
        expect((top / name).stat().st_size > 500, name)
