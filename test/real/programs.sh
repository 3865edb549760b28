# Sourced by test/real/run and test/real/gate, after test/support/setup.sh: where real programs come from, and how they
# are built. Sets here and work; a function that fails for a reason of its own leaves it in why.
# shellcheck shell=bash

here=$root/test/real
work=$build/real
mkdir -p "$work/dl" || exit 1

# ---- Sources ----

# The machine's own Debian sources, with deb-src; its configuration stays as it is.
apt_options=()
sources_enable() {
  local f
  [ ${#apt_options[@]} = 0 ] || return 0
  rm -rf "$work/apt" && mkdir -p "$work/apt/parts" "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
  for f in /etc/apt/sources.list /etc/apt/sources.list.d/debian.list; do
    [ -f "$f" ] && sed -n 's/^deb\(-src\)\?[ \t]/deb-src /p' "$f" | sort -u >"$work/apt/parts/$(basename "$f" .list).list"
  done
  f=/etc/apt/sources.list.d/debian.sources
  [ -f "$f" ] && sed 's/^Types:.*/Types: deb-src/' "$f" >"$work/apt/parts/debian.sources"
  apt_options=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/apt/parts" -o APT::Sandbox::User=
    -o "Dir::State::lists=$work/apt/lists" -o "Dir::Cache=$work/apt/cache")
  apt-get "${apt_options[@]}" update
}

# unpack PACKAGE FOLDER [OPTION]: its source package, downloaded once. A failed download may leave the .dsc alone.
unpack() {
  if [ ! -f "$work/dl/$1.complete" ]; then
    sources_enable && (cd "$work/dl" && apt-get "${apt_options[@]}" source --download-only "$1") &&
      touch "$work/dl/$1.complete" || return
  fi
  dpkg-source ${3:+"$3"} -x "$work/dl/$1"_*.dsc "$2"
}

# input BYTES: words and noise, the same each time.
input() {
  python3 - "$1" <<'EOF'
import random, sys
r = random.Random(1)
words = [bytes(r.choices(b"abcdefghijklmnopqrstuvwxyz", k=r.randint(2, 9))) for _ in range(5000)]
left = int(sys.argv[1])
while left > 0:
    block = b" ".join(r.choices(words, k=200)) + b"\n" + r.randbytes(60) + b"\n"
    sys.stdout.buffer.write(block[:left])
    left -= len(block)
EOF
}

# ---- Building ----

compilers() { # VARIANT
  case $1 in
  native) CC=clang-19 CXX=clang++-19 ;;
  tsan) CC="clang-19 -fsanitize=thread" CXX="clang++-19 -fsanitize=thread" ;;
  ours) CC=$build/bin/redflag-cc CXX=$build/bin/redflag-c++ ;;
  esac
  export CC CXX
}

# Nothing that builds the program has changed since it was built.
fresh() { # NAME VARIANT
  [ -f built ] && [ -z "$(find "$here/programs.sh" "$here/programs/$1.sh" "$here/$1"_driver.* -newer built 2>/dev/null)" ] ||
    return 1
  [ "$2" != ours ] || [ -z "$(find "$build/bin" "$build/lib" -type f -newer built \( -name 'redflag-c*' -o -name '*.so' -o -name '*.a' \) | head -n 1)" ]
}

# ready NAME VARIANT: built, and the current folder is its; sets why if it cannot be.
ready() {
  local folder=$work/$1/$2 began
  compilers "$2"
  mkdir -p "$folder" && cd "$folder" || return
  fresh "$1" "$2" && return
  rm -rf "$folder" && mkdir -p "$folder" && cd "$folder" || return
  began=$(date +%s)
  if ! ("build_$1") >build.log 2>&1; then
    why="does not build ($2): $(grep -m 1 -i 'error' build.log | cut -c1-200)"
    return 1
  fi
  echo $(($(date +%s) - began)) >built
}
