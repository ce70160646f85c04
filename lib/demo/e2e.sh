# shellcheck shell=bash
# Sourced by the end-to-end tests of this folder.
set -euo pipefail
export LC_ALL=C

work=$(mktemp -d)
children=()
kill_child() {  # kill_child <pid>: with SIGKILL, and without the shell's word about it
  { kill -KILL "$1" && wait "$1"; } 2> /dev/null || true
}
clean_up() {
  for child in "${children[@]}"; do kill_child "$child"; done
  rm -rf "$work"
}
trap clean_up EXIT

# The test's own runtime folder, empty at the start.
export TEMPORAL_SLAB_RUNTIME_DIR=$work/runtime
mkdir "$TEMPORAL_SLAB_RUNTIME_DIR"

fail() {
  echo "FAILED: $*"
  exit 1
}

wait_for() {  # wait_for <what> <command...>: until it succeeds, for at most 30 s
  local what=$1 end=$((SECONDS + 30))
  shift
  until "$@" > /dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "waited 30 s for $what"
    sleep 0.02
  done
}

start() {  # start <command...>: in the background, as $pid, with output in $work/out and $work/err
  : > "$work/out"
  "$@" > "$work/out" 2> "$work/err" &
  pid=$!
  children+=("$pid")
}

is_gone() { ! kill -0 "$1" 2> /dev/null; }

segments() { find "$TEMPORAL_SLAB_RUNTIME_DIR" -name '*.seg' | wc -l; }

expect() {  # expect <what> <wanted> <found>
  [ "$2" = "$3" ] || fail "$1: wanted \"$2\", found \"$3\""
}
