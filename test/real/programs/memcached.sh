# shellcheck shell=bash
packages_memcached() { echo libevent-dev; }
# What configure.ac and the Makefiles are made of is not newer than what was made of it, so autotools stay away.
build_memcached() {
  unpack memcached src && cd src && CFLAGS="-O2 -g" ./configure --disable-docs && make -j2 memcached
}
run_memcached() {
  measured python3 "$here/memcached_driver.py" src/memcached 8 400
}
