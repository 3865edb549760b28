# shellcheck shell=bash
build_zpaq() {
  unpack zpaq src && make -C src CXX="$CXX" CXXFLAGS="-O2 -g" zpaq
}
run_zpaq() {
  local zpaq=$PWD/src/zpaq
  input 12000000 >input && rm -f a.zpaq extracted &&
    measured "$zpaq" add a.zpaq input -method 20 -threads 4 &&
    measured "$zpaq" extract a.zpaq input -to extracted -threads 4 && cmp extracted input || return
  # Blocks by their size; the rest is dates and how far it is by now.
  sed -n 's/^.*\(\[[0-9.]*\] [-0-9> ]*\).*$/\1/p' outs | sort >results && mv results outs
}
