# shellcheck shell=bash
# Its own tests, each in a process of its own with helpers, some of which are killed: reports go to files.
build_libuv() {
  unpack libuv1 src &&
    CFLAGS="-O2 -g" cmake -G Ninja -S src -B bin -DBUILD_TESTING=ON && ninja -C bin -j2 uv_run_tests_a
}
run_libuv() {
  local user=()
  rm -rf reports && mkdir reports || return
  # Some tests fail as root; some write where they run.
  if [ "$(id -u)" = 0 ]; then
    user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    chown -R 65534:65534 src reports || return
  fi
  export UV_TEST_TIMEOUT_MULTIPLIER=5 REDFLAG_OPTIONS+=:log_path=$PWD/reports/report
  # Its exit status says how many tests failed, and some do natively; `outs` has those that passed.
  measured "${user[@]}" env -C src HOME=/tmp "$PWD/bin/uv_run_tests_a" || why=''
  find reports -type f -exec cat {} + >>err
  # These two connect to addresses elsewhere, and how that fails is the network's.
  sed -n 's/^ok [0-9]* - //p' out | grep -v '^tcp_close_while_connecting$\|^tcp_connect_timeout$' | sort >outs
  [ "$(wc -l <outs)" -gt 390 ] || { why="$(wc -l <outs) tests passed"; return 1; }
}
