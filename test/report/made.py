"""Report files made by hand, for what real programs do not write often enough."""
import json

HEADER = {"redflag": {"schema": 1, "version": "0.1.0"}, "type": "process", "pid": 7, "parent": 1, "start_ms": 1000,
          "cwd": "/src/app", "command": ["./app"]}
END = {"type": "end", "pid": 7, "time_ms": 2000, "races": 1, "findings": 0, "further": 0, "not_shown": 0,
       "suppressions": [], "plain": [], "threads": 3, "lookups": 1, "record_bytes": 4096}


def frame(function="work", file="src/a.c", line=10, column=3):
    return {"function": function, "file": file, "line": line, "column": column}


def access(n, stack=None, **more):
    return {"write": True, "atomic": False, "releases_memory": False, "size": 4, "expression": "counter", "type": "int",
            "thread": {"number": n, "kind": "thread", "name": "worker"}, "stack": stack or [frame()], "locks": [],
            "last_sync": {"what": "pthread_mutex_lock", "at": frame("lock_all", "src/b.c", 4)}, **more}


def near_miss(kind="acquired too early"):
    return {"kind": kind, "object": "door",
            "release": {"what": "pthread_mutex_unlock", "at": frame("work", "src/a.c", 22)},
            "acquire": {"what": "pthread_mutex_lock", "at": frame("work", "src/a.c", 8)}}


def race(id="5f3a91c2", kind="data race", **more):
    main = {"number": 1, "kind": "main", "name": "main"}
    return {"type": "race", "pid": 7, "time_ms": 1500, "id": id, "kind": kind,
            "memory": {"kind": "global", "address": "0x1000", "name": "counter", "type": "int", "size": 4, "offset": 0},
            "accesses": [access(2, old="0xffffffff", new="0x0"), access(3, [frame(line=20), frame("main", "src/m.c", 5)])],
            "births": [{"thread": {"number": n, "kind": "thread", "name": "worker"}, "parent": main,
                        "stack": [frame("main", "src/m.c", 5)]} for n in (2, 3)],
            "why": "nothing orders the two accesses.", "mend": "hold one mutex around both.", "suppress": "race:work",
            "text": f"==7== WARNING: Redflag: {kind} on variable `counter` (int, 4 bytes)\n  id: {id}\n"
                    f"SUMMARY: Redflag: {kind} src/a.c:10:3 in work\n\n", **more}


def finding(id="00000abc", kind="deadlock", **more):
    step = {"what": "Waiting for", "object": {"kind": "mutex", "name": "m", "address": "0x20"},
            "thread": {"number": 2, "kind": "thread"}, "stack": [frame("wait", "src/w.c", 9)]}
    return {"type": "finding", "pid": 7, "time_ms": 1500, "id": id, "kind": kind, "steps": [step, step],
            "mend": "take the locks in one order.", "suppress": "deadlock:wait", **more}


def write(path, *objects, end=""):
    path.write_text("".join(json.dumps(o, ensure_ascii=False) + "\n" for o in objects) + end)
    return path


def whole(path, *reports):
    return write(path, HEADER, *reports, {**END, "races": len(reports)})
