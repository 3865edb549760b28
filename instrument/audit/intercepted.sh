#!/bin/sh
# Writes the names of the functions that the runtime stands before: its weak definitions, sorted, as strings of C.
# Usage: intercepted.sh FILE NM LIBRARY...
file=$1 nm=$2
shift 2
"$nm" --defined-only "$@" | sed -n 's/^[0-9a-f]* [WV] \([A-Za-z_][A-Za-z0-9_]*\)$/\1/p' | grep -v '^rf_' |
  LC_ALL=C sort -u | sed 's/.*/"&",/' >"$file"
