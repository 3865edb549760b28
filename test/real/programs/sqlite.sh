# shellcheck shell=bash
packages_sqlite() { echo tcl; }
build_sqlite() {
  unpack sqlite3 src && cd src &&
    CFLAGS="-O2 -g" ./configure --enable-threadsafe --disable-shared --disable-readline --disable-tcl &&
    make -j2 libsqlite3.la && cd .. &&
    $CC -O2 -g -Isrc "$here/sqlite_driver.c" src/.libs/libsqlite3.a -pthread -lm -o driver
}
run_sqlite() {
  rm -rf db && mkdir db && measured ./driver db 2000
}
