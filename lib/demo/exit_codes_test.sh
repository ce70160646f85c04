#!/usr/bin/env bash
# exit_codes_test.sh <temporal-slab-demo>
#
# How the demo ends: what it says, where, with which code, and that it leaves nothing behind.
demo=$1
source "$(dirname "$0")/e2e.sh"

ends() {  # ends <exit code> <text of stderr> <argument...>: with nothing on stdout
  local code=0
  "$demo" "${@:3}" > "$work/out" 2> "$work/err" || code=$?
  expect "exit code of ${*:3}" "$1" "$code"
  expect "stdout of ${*:3}" "" "$(cat "$work/out")"
  expect "stderr of ${*:3}" "temporal-slab-demo: $2" "$(cat "$work/err")"
  expect "segments after ${*:3}" 0 "$(segments)"
}

allowed="--leak, --help, --serve-seconds TIME, --threads N, --top N, FILE..."
ends 2 "unknown option \"--what\"; allowed: $allowed" --what
ends 2 "--threads takes a number from 1 to 12, not \"13\"" --threads 13
ends 2 "--top needs a number" --top
ends 1 "$work/gone: No such file or directory" "$work/gone"
ends 1 "$work: Not a regular file" "$work"
echo word > "$work/good"
ends 1 "$work/gone: No such file or directory" "$work/good" "$work/gone" "$work/good"

"$demo" --help > "$work/out" || fail "--help: exit $?"
grep -q '^usage: temporal-slab-demo' "$work/out" || fail "--help prints no usage"

# Nobody reads, or nobody can.
mkfifo "$work/pipe"
exec 3<> "$work/pipe" 4> "$work/pipe" 3>&-
"$demo" "$work/good" >&4 2> "$work/err" || fail "closed pipe: exit $?"
exec 4>&-
expect "stderr for a closed pipe" "" "$(cat "$work/err")"
code=0
"$demo" "$work/good" > /dev/full 2> "$work/err" || code=$?
expect "exit code for a full device" 1 "$code"
expect "stderr for a full device" \
  "temporal-slab-demo: standard output: No space left on device" "$(cat "$work/err")"
expect "segments left" 0 "$(segments)"

# Each signal ends a demo that serves: at once, with 0, its segment removed.
for signal in TERM INT; do
  start "$demo" --serve-seconds 600 "$work/good"
  wait_for "the ready line" grep -qx "ready: pid $pid, allocator demo, for 600 s" "$work/out"
  expect "segments while it serves" 1 "$(segments)"
  kill -"$signal" "$pid"
  wait_for "the end after SIG$signal" is_gone "$pid"
  code=0
  wait "$pid" || code=$?
  expect "exit code after SIG$signal" 0 "$code"
  expect "segments after SIG$signal" 0 "$(segments)"
done

# And one that still reads: a file without end, nearly.
truncate -s 4T "$work/endless" 2> /dev/null || truncate -s 100G "$work/endless"
start "$demo" "$work/endless"
is_reading() { [ "$(segments)" -eq 1 ]; }
wait_for "its segment" is_reading
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
expect "exit code when stopped" 143 "$code"
expect "stderr when stopped" \
  "temporal-slab-demo: stopped by a signal before there were results" "$(cat "$work/err")"
expect "segments when stopped" 0 "$(segments)"

# Serving ends by itself.
for time in 1 500ms; do
  "$demo" --serve-seconds "$time" "$work/good" > "$work/out" || fail "--serve-seconds $time: exit $?"
done
grep -q '^ready: .*, for 0.5 s$' "$work/out" || fail "500ms: $(cat "$work/out")"
expect "segments after serving" 0 "$(segments)"

# It works unpublished and says so, but does not serve what nobody can see.
export TEMPORAL_SLAB_RUNTIME_DIR=$work/nowhere
"$demo" "$work/good" > "$work/out" 2> "$work/err" || fail "unpublished: exit $?"
expect "stderr when unpublished" \
  "temporal-slab-demo: tslab cannot see this run: No such file or directory" "$(cat "$work/err")"
grep -qx '      1 word' "$work/out" || fail "unpublished: no results"
code=0
"$demo" --serve-seconds 600 "$work/good" > "$work/out" 2> "$work/err" || code=$?
expect "exit code of serving unpublished" 1 "$code"
