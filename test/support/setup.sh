# Sourced by samples/run, test/run and others: installs what is missing, configures and builds. Sets root and
# build. Quiet unless something goes wrong.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${RF_BUILD:-$root/build}
export RF_BUILD=$build

rf_packages_build="clang-19 llvm-19-dev libclang-19-dev libc6-dev libstdc++-12-dev binutils cmake ninja-build libcmocka-dev libjansson-dev libcapstone-dev libdw-dev libbz2-dev python3"
rf_packages_test="llvm-19-tools gcc libomp-19-dev strace libjemalloc2 libtcmalloc-minimal4 gdb pkg-config groff-base python3-jsonschema python3-yaml tidy gcc-aarch64-linux-gnu libc6-dev-arm64-cross meson ccache autoconf automake lld-19 make shellcheck"

# rf_install PACKAGE...: with apt, only those that are missing.
rf_install() {
  local missing=() p sudo=
  for p in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$p" 2>/dev/null)" = "ii " ] || missing+=("$p")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || sudo=sudo
  echo "installing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  { $sudo apt-get update && $sudo apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || {
    tail -n 20 "$log"
    echo "error: cannot install ${missing[*]}"
    exit 1
  }
}

rf_build() {
  rm -f "$build/.failed" 2>/dev/null
  { cmake -G Ninja -S "$root" -B "$build" && ninja -C "$build"; } >"$log" 2>&1 || {
    tail -n 40 "$log"
    echo "error: the build failed"
    exit 1
  }
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
