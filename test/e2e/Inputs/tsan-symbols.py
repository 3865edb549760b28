"""Writes a C program that refers to every function of ThreadSanitizer's interface: those that compilers emit,
those of the public headers, and dynamic annotations. With arguments: the files in which nm finds functions that
other runtimes offer; prints those that are neither here nor left out on purpose."""
import re
import subprocess
import sys

SIZES = [1, 2, 4, 8, 16]
names = "init func_entry func_exit ignore_thread_begin ignore_thread_end vptr_read vptr_update memcpy memmove memset"
names += " read_range write_range read_range_pc write_range_pc acquire release atomic_thread_fence atomic_signal_fence"
names += " flush_memory check_no_mutexes_held get_current_fiber create_fiber destroy_fiber switch_to_fiber set_fiber_name"
names += " mutex_create mutex_destroy mutex_pre_lock mutex_post_lock mutex_pre_unlock mutex_post_unlock mutex_pre_signal"
names += " mutex_post_signal mutex_pre_divert mutex_post_divert external_register_tag external_register_header"
names += " external_assign_tag external_read external_write get_current_report on_initialize on_finalize on_report"
names += " default_options default_suppressions"
names = names.split()
names += ["get_report_" + part for part in "data stack mop loc loc_object_type mutex thread unique_tid tag".split()]
for n in SIZES:
    for kind in ["read", "write"]:
        names += [f"{kind}{n}", f"{kind}{n}_pc", f"volatile_{kind}{n}"]
        if n > 1:
            names += [f"unaligned_{kind}{n}", f"unaligned_volatile_{kind}{n}"]
    names += [f"read_write{n}"] + ([f"unaligned_read_write{n}"] if n > 1 else [])
    for op in ["load", "store", "exchange", "compare_exchange_strong", "compare_exchange_weak", "compare_exchange_val",
               "fetch_add", "fetch_sub", "fetch_and", "fetch_or", "fetch_xor", "fetch_nand"]:
        names.append(f"atomic{8 * n}_{op}")
names = ["__tsan_" + n for n in names]
annotations = "HappensBefore HappensAfter CondVarSignal CondVarSignalAll CondVarWait MutexIsUsedAsCondVar MutexIsNotPHB"
annotations += " PCQCreate PCQDestroy PCQPut PCQGet RWLockCreate RWLockCreateStatic RWLockDestroy RWLockAcquired"
annotations += " RWLockReleased IgnoreReadsBegin IgnoreReadsEnd IgnoreWritesBegin IgnoreWritesEnd IgnoreSyncBegin"
annotations += " IgnoreSyncEnd NewMemory PublishMemoryRange UnpublishMemoryRange MemoryIsInitialized"
annotations += " MemoryIsUninitialized TraceMemory NoOp BenignRace BenignRaceSized ExpectRace FlushExpectedRaces FlushState"
annotations += " FlushExpectations EnableRaceDetection ThreadName"
names += ["Annotate" + a for a in annotations.split()]
names += ["WTFAnnotateHappensBefore", "WTFAnnotateHappensAfter", "WTFAnnotateBenignRaceSized", "RunningOnValgrind",
          "ValgrindSlowdown"]

# Java's interface needs a Java machine; the others are the runtime's own between its parts, or its debugger's and
# tests'.
LEFT_OUT = re.compile("__tsan_(java_|testonly_|symbolize_external|go_|get_alloc_stack|locate_address|setjmp|resume|"
                      "stack_initialization|tls_initialization|print_|on_thread_idle|thread_start_func)")

if len(sys.argv) > 1:
    found = set()
    for path in sys.argv[1:]:
        out = ""
        for flags in (["--defined-only"], ["--defined-only", "-D"]):
            out += subprocess.run(["llvm-nm", *flags, path], capture_output=True, text=True).stdout
        found |= set(re.findall(r" [TW] ((?:__tsan_|Annotate|WTFAnnotate|RunningOn|ValgrindS)\w+)", out))
    missing = sorted(n for n in found - set(names) if not LEFT_OUT.match(n))
    print("\n".join(missing))
    sys.exit(bool(missing))

for n in names:
    print(f"extern char {n}[];")
print("char *const all[] = {" + ", ".join(names) + "};")
print("int main(void) { for (unsigned i = 0; i < sizeof all / sizeof *all; i++) if (!all[i]) return 1; return 0; }")
