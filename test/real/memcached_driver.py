"""Starts memcached with four threads and drives it from several connections at once. What is printed does not
depend on how they interleave. Usage: memcached_driver.py MEMCACHED CONNECTIONS ROUNDS; ends with its status."""
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time

SHARED = 40


def pattern(key, seed):
    """A value that can be checked: it repeats its own first word."""
    word = b"%s.%d " % (key, seed)
    return word * (1 + seed % 60)


def intact(key, value):
    word = value.split(b" ")[0] + b" "
    return word.startswith(key + b".") and value == word * (len(value) // len(word))


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.file = self.socket.makefile("rb")

    def call(self, line, data=None):
        self.socket.sendall(line + b"\r\n" + (data + b"\r\n" if data is not None else b""))
        return self.file.readline().rstrip(b"\r\n")

    def store(self, verb, key, value, more=b""):
        return self.call(b"%s %s 7 0 %d%s" % (verb, key, len(value), more), value)

    def get(self, *keys, verb=b"get"):
        """key -> (value, cas unique or None)"""
        found = {}
        line = self.call(b"%s %s" % (verb, b" ".join(keys)))
        while line != b"END":
            part = line.split()
            if part[0] != b"VALUE":
                raise ValueError(line)
            found[part[1]] = (self.file.read(int(part[3]) + 2)[:-2], part[4] if len(part) > 4 else None)
            line = self.file.readline().rstrip(b"\r\n")
        return found

    def lines(self, line):
        count, answer = 0, self.call(line)
        while answer not in (b"END", b"OK", b"RESET"):
            count, answer = count + 1, self.file.readline().rstrip(b"\r\n")
        return count


def one_round(client, me, i, r):
    """Returns what went wrong, as a list."""
    wrong = []

    def expect(what, got, *allowed):
        if got not in allowed:
            wrong.append("%s: %r" % (what, got))

    own = b"own%d_%d" % (me, i % 50)
    expect("set", client.store(b"set", own, pattern(own, i)), b"STORED")
    expect("own", client.get(own).get(own, (None,))[0], pattern(own, i))
    if i % 3 == 0:
        expect("delete", client.call(b"delete " + own), b"DELETED")
        expect("gone", client.get(own), {})
    key = b"shared%d" % r.randrange(SHARED)
    what = r.randrange(6)
    if what < 2:
        expect("set", client.store(b"set", key, pattern(key, r.randrange(1000))), b"STORED")
    elif what == 2:
        expect("delete", client.call(b"delete " + key), b"DELETED", b"NOT_FOUND")
    elif what == 3:
        expect("touch", client.call(b"touch %s 3000" % key), b"TOUCHED", b"NOT_FOUND")
    else:
        keys = [b"shared%d" % r.randrange(SHARED) for _ in range(5)]
        for k, (value, _) in client.get(*keys).items():
            if not intact(k, value):
                wrong.append("torn %r" % k)
    if not client.call(b"incr counter%d %d" % (i % 4, me + 1)).isdigit():
        wrong.append("incr")
    while True:
        value, unique = client.get(b"cas", verb=b"gets")[b"cas"]
        answer = client.store(b"cas", b"cas", b"%d" % (int(value) + 1), b" " + unique)
        if answer == b"STORED":
            break
        expect("cas", answer, b"EXISTS")
    expect("append", client.store(b"append", b"joined", b"%d" % me), b"STORED")
    if i % 100 == 50:
        for request in b"stats", b"stats items", b"stats slabs", b"stats settings", b"stats conns":
            client.lines(request)
    return wrong


def session(port, me, rounds, begin, added, problems):
    try:
        client = Client(port)
        r = random.Random(me)
        begin.wait()
        for i in range(rounds):
            problems += one_round(client, me, i, r)
            if client.store(b"add", b"first%d" % i, b"%d" % me) == b"STORED":
                added.append(i)
    except Exception as e:
        problems.append("connection %d: %r" % (me, e))


def main():
    program, connections, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        name = os.path.join(folder, "port")
        command = [program, "-p", "-1", "-U", "0", "-l", "127.0.0.1", "-t", "4", "-m", "64", "-A"]
        if os.getuid() == 0:
            command += ["-u", "nobody"]
        server = subprocess.Popen(command, env=dict(os.environ, MEMCACHED_PORT_FILENAME=name))
        while not os.path.exists(name):
            if server.poll() is not None:
                print("memcached does not start")
                return 1
            time.sleep(0.05)
        with open(name) as f:
            port = int(f.readline().split(":")[1])
    control = Client(port)
    for i in range(4):
        control.store(b"set", b"counter%d" % i, b"0")
    control.store(b"set", b"cas", b"0")
    control.store(b"set", b"joined", b"")
    begin, added, problems = threading.Barrier(connections), [], []
    threads = [
        threading.Thread(target=session, args=(port, i, rounds, begin, added, problems)) for i in range(connections)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for i in range(4):
        print("counter", i, control.get(b"counter%d" % i)[b"counter%d" % i][0].decode())
    print("cas", control.get(b"cas")[b"cas"][0].decode())
    joined = control.get(b"joined")[b"joined"][0].decode()
    print("joined", {c: joined.count(c) for c in sorted(set(joined))})
    print("added once", len(added), len(set(added)))
    for me in range(connections):
        own = control.get(*[b"own%d_%d" % (me, i) for i in range(50)])
        print("own", me, sorted((k.decode(), len(v)) for k, (v, _) in own.items()))
    for p in sorted(problems)[:20]:
        print("problem:", p)
    control.socket.sendall(b"shutdown graceful\r\n")
    status = server.wait(60)
    print("status", status)
    return 1 if problems or status else 0


sys.exit(main())
