# shellcheck shell=bash
# PRIuMAX right after a string literal: C++ before 2011.
make_pbzip2() { # FOLDER
  CXXFLAGS="-O2 -g -std=c++98" make -C "$1" CXX="$CXX" pbzip2-static
}
build_pbzip2() {
  unpack bzip2 bzip2 && unpack pbzip2 pbzip2 && make -C bzip2 -j2 CC="$CC" libbz2.a &&
    cp bzip2/libbz2.a bzip2/bzlib.h pbzip2 && make_pbzip2 pbzip2
}
run_pbzip2() {
  input 20000000 >input && measured pbzip2/pbzip2 -q -c -k -p4 input && mv out packed.bz2 &&
    measured pbzip2/pbzip2 -q -c -d -p4 packed.bz2 && cmp out input
}
