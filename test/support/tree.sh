# Sourced: Debian 12 trees with nothing in them but what a minimal installation has. Needs root and debootstrap. Sets
# work ($RF_FRESH, or a temporary folder; the base is made once for each).
# shellcheck shell=bash

work=${RF_FRESH:-$(mktemp -d)}
tree=$work/tree
[ "$(id -u)" = 0 ] || { echo "error: needs root for chroot"; exit 1; }
command -v debootstrap >/dev/null || { apt-get update -qq && apt-get install -y -qq debootstrap; } >/dev/null || exit 1
mkdir -p "$work"

tree_base() {
  local mirror base=$work/base
  [ ! -e "$base/.done" ] || return 0
  mirror=$(sed -n 's/^deb \(\[[^]]*\] \)\?\([^ ]*\) bookworm main.*/\2/p; s/^URIs: //p' /etc/apt/sources.list \
    /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
  debootstrap --variant=minbase --include=git,ca-certificates bookworm "$base" ${mirror:+"$mirror"} \
    >"$work/debootstrap.log" 2>&1 || { tail -n 5 "$work/debootstrap.log"; exit 1; }
  rm -f "$base/etc/apt/sources.list" # the machine's own sources take its place
  cp -r /etc/apt/apt.conf.d /etc/apt/sources.list* "$base/etc/apt/" 2>/dev/null
  touch "$base/.done"
}

# A new tree in place of the last one.
tree_new() {
  tree_base
  tree_close 2>/dev/null
  rm -rf --one-file-system "$tree"
  cp -a "$work/base" "$tree"
  local m
  for m in proc dev sys; do mount --bind "/$m" "$tree/$m"; done
  cp /etc/resolv.conf "$tree/etc/" 2>/dev/null
}

tree_close() {
  local m
  for m in proc dev sys; do umount "$tree/$m"; done
}

# tree_run COMMAND: by bash, in the tree.
tree_run() {
  chroot "$tree" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive bash -c "$1"
}
