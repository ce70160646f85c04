#!/usr/bin/env bash
# leak_test.sh <temporal-slab-demo> <tslab>
#
# What --leak leaks is seen from another process: in the live demo, and in what a killed one left.
demo=$1
tslab=$2
here=$(dirname "$0")
source "$here/e2e.sh"

# The columns of the row with this label, blanks as one.
row() { sed -n "/ $1\$/s/  */ /gp" "$work/top"; }

# Older than 0 s, that is a second; what it found makes the exit code 1.
finds_leak() {
  "$tslab" doctor --age 0 --pid "$pid" > "$work/doctor"
  [ $? -eq 1 ] && grep -q '^REF_LEAK epoch=1 era=1 label="background-worker-3" refcount=2 ' \
    "$work/doctor"
}

check_top() {  # check_top <what>
  "$tslab" top --pid "$pid" --epochs --by refcount --n 5 > "$work/top" || fail "$1: tslab exit $?"
  [[ "$(row background-worker-3)" =~ ^1\ 1\ CLOSING\ [0-9]+s\ 2\  ]] ||
    fail "$1: no epoch 1 of era 1 with 2 references of background-worker-3: $(cat "$work/top")"
  [[ "$(row results)" =~ ^15\ 0\ ACTIVE\ [0-9]+s\ 1\  ]] ||
    fail "$1: no epoch of the results: $(cat "$work/top")"
  "$tslab" stats --json --pid "$pid" > "$work/json" || fail "$1: tslab exit $?"
  # Both references were taken by the third worker, the last one where leak_epoch enters.
  local site
  site="leak_epoch request.cc:$(grep -n 'retry.enter()' "$here/request.cc" | cut -d: -f1)"
  grep -Eq '"label":"background-worker-3".*"thread":"worker-3","refs":2,("[a-z_]+":[0-9]+,)*"site":"'"$site"'"' \
    <(sed 's/{"epoch_id"/\n&/g' "$work/json") || fail "$1: no holder worker-3 at $site"
  grep -Eq "^holders +epoch 1 era 1: worker-3 .tid [0-9]+. holds 2, last taken at $site\$" \
    <("$tslab" stats --pid "$pid") || fail "$1: tslab stats names no holder"
  wait_for "$1: the doctor's finding" finds_leak
  grep -Eq "^  thread worker-3 .tid [0-9]+.: 2, last taken at $site\$" "$work/doctor" ||
    fail "$1: tslab doctor names no holder: $(cat "$work/doctor")"
  # The demo went on: no other epoch has a reference, and the ring turned past the leak.
  expect "$1: rows with references" 2 "$(awk '/^[0-9]/ && $5 > 0' "$work/top" | wc -l)"
}

start "$demo" --leak --threads 12 --serve-seconds 600
wait_for "the ready line" grep -q '^ready' "$work/out"
"$tslab" ps > "$work/ps" || fail "tslab ps: exit $?"
grep -Eq "^$pid +demo .*alive" "$work/ps" || fail "not alive in tslab ps: $(cat "$work/ps")"
check_top "live"

kill_child "$pid"
"$tslab" ps > "$work/ps" || fail "tslab ps: exit $?"
grep -Eq "^$pid +demo .*dead" "$work/ps" || fail "not dead in tslab ps: $(cat "$work/ps")"
check_top "post mortem"

# Without --leak nothing but the results is referenced.
find "$TEMPORAL_SLAB_RUNTIME_DIR" -name '*.seg' -delete
start "$demo" --serve-seconds 600
wait_for "the ready line" grep -q '^ready' "$work/out"
"$tslab" top --pid "$pid" --epochs --by refcount --n 16 > "$work/top"
expect "rows with references" 1 "$(awk '/^[0-9]/ && $5 > 0' "$work/top" | wc -l)"
