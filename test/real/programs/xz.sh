# shellcheck shell=bash
# Its own test suite. configure is as it was released, so autotools stay away.
build_xz() {
  unpack xz-utils src && cd src && CFLAGS="-O2 -g" ./configure --disable-nls --disable-doc && make -j2
}
run_xz() {
  measured make -C src check || { tail -n 30 out; return 1; }
  grep -E '^# (TOTAL|PASS|FAIL|ERROR|XFAIL):' out >outs
  grep -q '^# FAIL: *0$' outs || { why="its own tests fail"; return 1; }
}
