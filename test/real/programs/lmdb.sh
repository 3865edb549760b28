# shellcheck shell=bash
build_lmdb() {
  unpack lmdb src && make -C src/libraries/liblmdb CC="$CC" liblmdb.a &&
    $CC -O2 -g -Isrc/libraries/liblmdb "$here/lmdb_driver.c" src/libraries/liblmdb/liblmdb.a -pthread -o driver
}
run_lmdb() {
  rm -rf db && mkdir db && measured ./driver db 2000
}
