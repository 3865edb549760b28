# shellcheck shell=bash disable=SC2034
# planted: pbzip2 without one of its locks; the report must name the two lines that it protected.
check_planted() {
  local read write
  ready pbzip2 ours || return
  rm -rf planted && cp -r pbzip2 planted && cd planted || return
  if ! (patch -p1 <"$here/pbzip2-unlocked.patch" && make_pbzip2 .) >build.log 2>&1; then
    why="does not build: $(grep -m 1 -i 'error' build.log | cut -c1-200)"
    return 1
  fi
  read=$(grep -n 'ret = producerDone;' pbzip2.cpp | cut -d: -f1)
  write=$(grep -n 'producerDone = newValue;' pbzip2.cpp | cut -d: -f1)
  input 5000000 >input
  REDFLAG_OPTIONS='' ./pbzip2 -q -c -k -p4 input >out 2>err
  [ $? = 66 ] || { why="exit status is not 66"; return 1; }
  awk -v read="pbzip2.cpp:$read:" -v write="pbzip2.cpp:$write:" '
    /^  (Read|Write) by/ {now = $0}
    /^  Earlier (read|write) by/ {
      if (index(now, "  Read") && index(now, read) && index($0, "write") && index($0, write)) found = 1
      if (index(now, "  Write") && index(now, write) && index($0, "read") && index($0, read)) found = 1
    }
    END {exit !found}' err || { why="no report of lines $read and $write: $(grep -m 1 SUMMARY err)"; return 1; }
  # Together with the flag's order goes that of NumBlocks, which is read without a lock once the flag is seen.
  why=$(grep 'WARNING: Redflag' err | grep -v 'variable `\(producerDone\|NumBlocks\)`' | head -n 1)
  [ -z "$why" ] || return
  what="pbzip2.cpp:$read and :$write named"
}
