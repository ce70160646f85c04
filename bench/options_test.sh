#!/usr/bin/env bash
# options_test.sh <temporal_slab_bench>: what --report takes, and that it refuses all else.
set -euo pipefail
bench=$1

fail() {
  echo "options_test.sh: $*" >&2
  exit 1
}

for time in 1 1ms 0.001s; do
  "$bench" --report --milliseconds "$time" --repetitions 1 | grep -q 'geometric mean' ||
    fail "--milliseconds $time: no table"
done
for time in 0 0ms -1 "5 m" 5x 0.0001 ""; do
  code=0
  said=$("$bench" --report --milliseconds "$time" 2>&1) || code=$?
  [ "$code" = 2 ] || fail "--milliseconds '$time': exit $code"
  grep -q '^TIME: .*20 (milliseconds), 20ms or 0.5s$' <<< "$said" || fail "'$time': $said"
done
for flags in "--repetitions 0" "--repetitions 1ms" "--milliseconds" "--seconds 1"; do
  code=0
  # shellcheck disable=SC2086 # words
  "$bench" --report $flags > /dev/null 2>&1 || code=$?
  [ "$code" = 2 ] || fail "$flags: exit $code"
done
