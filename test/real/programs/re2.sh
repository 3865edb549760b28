# shellcheck shell=bash
packages_re2() { echo perl python3-six unicode-data; }
build_re2() {
  unpack re2 src && make -C src -j2 REBUILD_TABLES=1 CXX="$CXX" CXXFLAGS="-O2 -g" obj/libre2.a &&
    $CXX -O2 -g -Isrc "$here/re2_driver.cc" src/obj/libre2.a -pthread -o driver
}
run_re2() {
  measured ./driver 4 400
}
