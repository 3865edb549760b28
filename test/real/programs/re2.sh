# shellcheck shell=bash
# Those of its tests that start threads, on automata which they build together without locks.
build_re2() {
  unpack re2 src && make -C src -j2 CXX="$CXX" CXXFLAGS="-O2 -g" obj/test/dfa_test obj/test/re2_test
}
run_re2() {
  local t
  for t in src/obj/test/*_test; do
    measured "$t" || return
  done
}
