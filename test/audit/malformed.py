"""Files that are cut, changed, or something else: one line that names the file, a status, and never a crash."""
import random
import struct

from harness import expect, run, same, test, tool
from judge import CC, build


def audited(path, statuses=(0, 1)):
    """The audit ends by itself, with a line for each mistake."""
    done = tool("audit", "--format", "json", path, timeout=60)
    expect(done.returncode in statuses, f"{path}: status {done.returncode} {done.stderr[-300:]}")
    for line in done.stderr.splitlines():
        expect(line.startswith(f"redflag: {path}"), f"{line}")
    expect((done.returncode == 1) == bool(done.stderr), f"status {done.returncode} with {done.stderr!r}")
    return done


def seeds(top):
    build(CC, "-O1", "-c", "mixed.c", "-o", top / "mixed.o")
    build(CC, "-O1", "-fPIC", "-shared", "mixed.c", "-o", top / "mixed.so")
    build("clang-19", "--target=aarch64-linux-gnu", "-O1", "-c", "arm.c", "-o", top / "arm.o")
    same(run("ar", "rcs", "mixed.a", "mixed.o", "arm.o", cwd=top).returncode, 0, "ar")
    return [top / n for n in ("mixed.o", "mixed.so", "arm.o", "mixed.a")]


@test
def files_that_are_none_get_one_line(work):
    top = work.fresh()
    cases = {"empty": b"", "text": b"hello\n", "script": b"#!/bin/sh\n", "magic": b"\x7fELF", "thin": b"!<thin>\nx",
             "ar": b"!<arch>\nnonsense" + b" " * 60, "bits32": b"\x7fELF\x01\x01\x01" + bytes(57),
             "big": b"\x7fELF\x02\x02\x01" + bytes(57), "linker": b"GROUP ( /lib/libc.so.6 )\n"}
    for name, content in cases.items():
        path = top / name
        path.write_bytes(content)
        done = audited(path, statuses=(1,))
        same(len(done.stderr.splitlines()), 1, f"{name}: {done.stderr}")
    for path in (top, top / "none", "/dev/null", "/dev/zero"):
        done = tool("audit", path)
        same((done.returncode, len(done.stderr.splitlines())), (1, 1), f"{path}: {done.stderr}")


@test
def the_rest_is_done_beside_a_file_that_is_wrong(work):
    top = work.fresh()
    build(CC, "-O1", "-c", "mixed.c", "-o", top / "good.o")
    (top / "bad").write_bytes(b"nothing")
    done = tool("audit", top / "bad", top / "good.o")
    same(done.returncode, 1, "status")
    expect("good.o: x86-64 object" in done.stdout, done.stdout)


@test
def cut_files_are_told_or_read(work):
    top = work.fresh()
    for seed in seeds(top):
        whole = seed.read_bytes()
        for n in range(24):
            path = top / "cut"
            path.write_bytes(whole[: len(whole) * n // 24])
            audited(path)


@test
def changed_bytes_never_crash_it(work):
    top = work.fresh()
    dice = random.Random(8)
    wrong = 0
    for seed in seeds(top):
        whole = seed.read_bytes()
        for _ in range(60):
            b = bytearray(whole)
            for _ in range(dice.choice((1, 4, 64))):
                # Where the headers and tables are, more often.
                front, back = dice.randrange(min(len(b), 4096)), max(0, len(b) - 1 - dice.randrange(6000))
                at = front if dice.random() < 0.5 else back
                b[at] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
            path = top / "changed"
            path.write_bytes(bytes(b))
            wrong += audited(path).returncode
    expect(wrong, "none of the changes was noticed")


@test
def sections_that_overlap_do_not_multiply_the_work(work):
    top = work.fresh()
    build(CC, "-O1", "-c", "mixed.c", "-o", top / "mixed.o")
    b = bytearray((top / "mixed.o").read_bytes())
    offset, = struct.unpack_from("<Q", b, 40)
    count, = struct.unpack_from("<H", b, 60)
    for n in range(1, count):  # every section is code, and all of the file
        struct.pack_into("<QQQQ", b, offset + 64 * n + 8, 6, 0, 0, len(b))
    (top / "overlap.o").write_bytes(bytes(b))
    done = audited(top / "overlap.o", statuses=(1,))
    expect("share bytes" in done.stderr, done.stderr)
