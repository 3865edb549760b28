# Compiled programs under the detector. RF_BUILD names the build directory (default: build beside test).
import os
import shutil
import lit.formats

config.name = "redflag-e2e"
config.test_format = lit.formats.ShTest(execute_external=True)
config.suffixes = [".c", ".cpp", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
build = os.path.abspath(os.environ.get("RF_BUILD", os.path.join(config.test_source_root, "..", "..", "build")))
config.test_exec_root = os.path.join(build, "test", "e2e")
os.makedirs(config.test_exec_root, exist_ok=True)

tools = os.environ.get("LLVM_BIN", "/usr/lib/llvm-19/bin")
config.environment["PATH"] = os.pathsep.join([os.path.join(build, "bin"), tools, os.environ["PATH"]])
config.environment["REDFLAG_OPTIONS"] = ""
for name in ("REDFLAG_CLANG", "REDFLAG_CLANGXX"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
config.substitutions += [
    ("%build", build),
    ("%cxx", os.path.join(build, "bin", "redflag-c++")),
    ("%cc", os.path.join(build, "bin", "redflag-cc")),
    # %racy: exit status 66 and a report, which FileCheck reads; %clean: status 0 and silence.
    ("%racy", os.path.join(config.test_source_root, "Inputs", "racy")),
    ("%clean", os.path.join(config.test_source_root, "Inputs", "clean")),
]
# Compilers and libraries that a test may need and the machine may lack: `REQUIRES: gcc`.
for tool in ["gcc", "gfortran", "addr2line", "gdb"]:
    if shutil.which(tool):
        config.available_features.add(tool)
clang = shutil.which("clang-19", path=config.environment["PATH"])
if clang and os.path.exists(os.path.join(os.path.dirname(os.path.realpath(clang)), "..", "lib", "libarcher.so")):
    config.available_features.add("archer")
