# shellcheck shell=bash
packages_leveldb() { echo libgtest-dev libgmock-dev; }
build_leveldb() {
  unpack leveldb src &&
    cmake -G Ninja -S src -B bin -DCMAKE_BUILD_TYPE=RelWithDebInfo -DLEVELDB_BUILD_BENCHMARKS=OFF && ninja -C bin -j2
}
run_leveldb() {
  local t
  for t in bin/*_test; do
    rm -rf db && mkdir db || return
    measured env TEST_TMPDIR="$PWD/db" "$t" || return
  done
  sed -i 's/ ([0-9]* ms.*)$//' outs
}
