# Tests of the compiler side: python3 lit -sv test/pass, with RF_BUILD naming the build directory (default: build
# beside test/), RF_LLVM and REDFLAG_CLANG another version than 19. They run against Inputs/stub.c instead of the runtime, in a small installed tree of their own.
import os
import shutil
import subprocess

import lit.formats

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
build = os.path.abspath(os.environ.get("RF_BUILD", os.path.join(root, "build")))
version = os.environ.get("RF_LLVM", "19")
clang = os.environ.get("REDFLAG_CLANG", f"clang-{version}")
llvm_bin = os.environ.get("RF_LLVM_BIN", f"/usr/lib/llvm-{version}/bin")
plugin_name = f"libredflag-pass-{version}.so"

config.name = "redflag-pass"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".c", ".cpp", ".ll", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(os.path.abspath(__file__))
config.test_exec_root = os.path.join(build, "test", "pass")


# The wrappers find everything relative to themselves, so the tree gets copies of them, not links.
def install_tree(tree):
    lib = os.path.join(tree, "lib", "redflag")
    shutil.rmtree(tree, ignore_errors=True)
    os.makedirs(lib)
    os.makedirs(os.path.join(tree, "bin"))
    for name in ("redflag-cc", "redflag-c++"):
        shutil.copy(os.path.join(build, "bin", name), os.path.join(tree, "bin", name))
    os.symlink(os.path.join(build, "lib", "redflag", plugin_name), os.path.join(lib, plugin_name))
    os.symlink(os.path.join(root, "runtime", "include"), os.path.join(lib, "include"))
    stub = os.path.join(tree, "stub.o")
    source = os.path.join(config.test_source_root, "Inputs", "stub.c")
    abi = os.path.join(root, "runtime", "abi")
    subprocess.check_call([clang, "-O1", "-fPIC", "-I", abi, "-c", source, "-o", stub])
    ar = os.path.join(llvm_bin, "llvm-ar")
    subprocess.check_call([ar, "rcs", os.path.join(lib, "libredflag.a"), stub])
    subprocess.check_call([ar, "rcs", os.path.join(lib, "libredflag-cxx.a")])


tree = os.path.join(config.test_exec_root, "tree")
install_tree(tree)
plugin = os.path.join(tree, "lib", "redflag", plugin_name)

for name in ("REDFLAG_CLANG", "REDFLAG_CLANGXX"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
config.environment["PATH"] = os.pathsep.join([llvm_bin, os.environ["PATH"]])
config.substitutions += [
    ("%cc", os.path.join(tree, "bin", "redflag-cc")),
    ("%cxx", os.path.join(tree, "bin", "redflag-c++")),
    ("%clang", f"{clang} -fplugin={plugin} -fpass-plugin={plugin}"),
    ("%plain_clang", clang),
    ("%tree", tree),
    ("%include", os.path.join(root, "runtime", "include")),
]
config.available_features.add("x86_64" if os.uname().machine == "x86_64" else "other")
lld = shutil.which("ld.lld", path=config.environment["PATH"])
if lld and f"LLD {version}".encode() in subprocess.check_output([lld, "--version"]):
    config.available_features.add("lld")
