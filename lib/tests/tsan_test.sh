#!/usr/bin/env bash
# tsan_test.sh COMPILER INCLUDE_FOLDER SHARED_LIBRARY STATIC_LIBRARY PROGRAM: programs under
# ThreadSanitizer against an ordinary build of the library. The right ones get no report; the wrong one
# does, so the sanitizer was there.
# R-2.1-11
set -euo pipefail
compiler=$1 include=$2 shared=$3 static=$4 source=$5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TSAN_OPTIONS=exitcode=66:atexit_sleep_ms=0
failures=0

"$compiler" -std=c++20 -O1 -g -fsanitize=thread -I"$include" -c "$source" -o "$work/program.o"
for library in "$shared" "$static"; do
  "$compiler" -fsanitize=thread "$work/program.o" "$library" -Wl,-rpath,"${shared%/*}" -o "$work/program"
  for name in freed_by_another used_by_all discarded moved left_by_the_ended race; do
    result=0
    timeout 100 "$work/program" "$name" > "$work/out" 2>&1 || result=$?
    wanted=0
    [ "$name" = race ] && wanted=66
    [ "$result" = "$wanted" ] && continue
    echo "$compiler, ${library##*/}, $name: ends with $result, not $wanted"
    head -40 "$work/out"
    failures=$((failures + 1))
  done
done
exit $((failures > 0))
