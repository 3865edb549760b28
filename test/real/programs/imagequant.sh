# shellcheck shell=bash
packages_imagequant() { echo libomp-19-dev; }
# Its configure takes CC as one word.
build_imagequant() {
  local cc=${CC%% *} more=${CC#"${CC%% *}"}
  unpack libimagequant src && cd src && ./configure --with-openmp --extra-cflags="-g$more" CC="$cc" &&
    make -j2 libimagequant.a && cd .. &&
    $CC -O2 -g -fopenmp -Isrc "$here/imagequant_driver.c" src/libimagequant.a -lm -o driver
}
# The number of threads decides in which order sums are formed.
run_imagequant() {
  OMP_NUM_THREADS=4 OMP_WAIT_POLICY=passive measured ./driver
}
