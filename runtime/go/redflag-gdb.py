"""Goroutines in gdb. Load it with `source redflag-gdb.py`, or `gdb -x`.

info goroutines            lists them: number, what they do, name
goroutine NUMBER COMMAND   runs a command (bt, info locals, frame 2...) in one of them
goroutine all COMMAND      and in each

A goroutine that is parked has no thread: its registers are where go_switch.S left them on its stack. The process must
be alive, and the library must have its debug information."""
import gdb

# Lowest first, as go_switch.S pushes them after a word for the floating-point control words.
SAVED = ["r15", "r14", "r13", "r12", "rbx", "rbp", "rip"]
WORD = 8


class Goroutine:
    def __init__(self, record):
        self.record = record
        self.number = int(record["id"])
        self.name = record["name"].string() if record["name"] else "?"

    def state(self):
        why = int(self.record["why"])
        if why:
            return gdb.parse_and_eval("rf_go_wait_texts")[why].string()
        return "running" if self.thread() else "runnable"

    def thread(self):
        """The thread that carries it now, or whose own it is; None: it is parked or waits for its turn."""
        for thread in gdb.selected_inferior().threads():
            with selected(thread):
                try:
                    if int(gdb.parse_and_eval("'go_sched.c'::self")) == int(self.record.address):
                        return thread
                except gdb.error:
                    continue
        return None

    def has_saved_registers(self):
        return bool(self.record["stack"]) and bool(self.record["begun"]) and bool(self.record["sp"])


class selected:
    """A thread is the present one for a while."""

    def __init__(self, thread):
        self.thread, self.before = thread, gdb.selected_thread()

    def __enter__(self):
        self.thread.switch()

    def __exit__(self, *unused):
        if self.before:
            self.before.switch()


class registers:
    """The present thread has a parked goroutine's registers for a while."""

    def __init__(self, stack_pointer):
        self.at = int(stack_pointer)

    def __enter__(self):
        gdb.newest_frame().select()
        self.before = {r: int(gdb.parse_and_eval(f"${r}")) for r in SAVED + ["rsp"]}
        word = gdb.lookup_type("unsigned long").pointer()
        for i, name in enumerate(SAVED):
            value = int(gdb.Value(self.at + WORD * (1 + i)).cast(word).dereference())
            gdb.execute(f"set ${name} = {value}")
        gdb.execute(f"set $rsp = {self.at + WORD * (1 + len(SAVED))}")

    def __exit__(self, *unused):
        gdb.newest_frame().select()
        for name, value in self.before.items():
            gdb.execute(f"set ${name} = {value}")


def goroutines():
    main = Goroutine(gdb.parse_and_eval("'go_sched.c'::main_goroutine"))
    found = {main.number: main}
    at = gdb.parse_and_eval("'go_list.c'::first")
    while at:
        if not at["ended"]:
            found[int(at["id"])] = Goroutine(at.dereference())
        at = at["next"]
    return [found[n] for n in sorted(found)]


def run_in(goroutine, command):
    thread = goroutine.thread()
    if thread:
        with selected(thread):
            gdb.execute(command)
    elif goroutine.has_saved_registers():
        with registers(goroutine.record["sp"]):
            gdb.execute(command)
    else:
        print("it has not run yet")


class InfoGoroutines(gdb.Command):
    """Lists goroutines: number, what they do, name."""

    def __init__(self):
        super().__init__("info goroutines", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        for g in goroutines():
            print(f"{g.number:>6} [{g.state()}] {g.name}")


class InGoroutine(gdb.Command):
    """goroutine NUMBER|all COMMAND: runs a command in a goroutine, or in each."""

    def __init__(self):
        super().__init__("goroutine", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        which, _, command = argument.partition(" ")
        chosen = [g for g in goroutines() if which in ("all", str(g.number))]
        if not chosen or not command:
            raise gdb.GdbError("usage: goroutine NUMBER|all COMMAND; `info goroutines` has the numbers")
        for g in chosen:
            if which == "all":
                print(f"\ngoroutine {g.number} [{g.state()}] {g.name}")
            run_in(g, command)


InfoGoroutines()
InGoroutine()
