# shellcheck shell=bash
# Its own test suite, and the threaded encoder, both ways. configure is as it was released, so autotools stay away.
build_xz() {
  unpack xz-utils src && cd src && CFLAGS="-O2 -g" ./configure --disable-nls --disable-doc && make -j2
}
run_xz() {
  input 40000000 >data
  measured make -C src check || { tail -n 30 out; return 1; }
  grep -E '^# (TOTAL|PASS|FAIL|ERROR|XFAIL):' out >outs
  grep -q '^# FAIL: *0$' outs || { why="its own tests fail"; return 1; }
  measured src/src/xz/xz -T4 --block-size=1MiB -6 -k -c data && mv out data.xz && xz -dc data.xz | cmp - data || {
    why="what was packed cannot be unpacked"
    return 1
  }
  grep -E '^# ' outs >kept && mv kept outs
}
