# shellcheck shell=bash
# Debian's patches would need autotools and libtool where Lua's own Makefile needs neither.
build_lua() {
  unpack lua5.4 src --skip-patches && make -C src -j2 linux CC="$CC -std=gnu99"
}
run_lua() {
  local f
  for f in "$here"/*.lua; do
    measured src/src/lua "$f" || return
  done
}
