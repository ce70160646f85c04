#!/usr/bin/env bash
# texts_test.sh <tslab>
#
# The manual page is clean to the formatter, and the completion script completes.
set -euo pipefail
tslab=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*"
  exit 1
}

"$tslab" manual > "$work/tslab.1"
warnings=$(groff -man -Tutf8 -ww -z "$work/tslab.1" 2>&1) || fail "groff: $warnings"
[ -z "$warnings" ] || fail "groff: $warnings"
page=$(groff -man -Tutf8 -P-c "$work/tslab.1" | sed 's/‐/-/g')
for command in ps stats top watch doctor diff record validate; do
  grep -q -e "usage: tslab $command" <<< "$page" || fail "no $command in the manual page"
done
# Each line of --help stands in it, whatever the formatter thinks of its first character.
grep -qF -e "--fail-on EXPR" <<< "$page" || fail "no --fail-on in the manual page"

"$tslab" completion bash > "$work/tslab.bash"
complete_line() {  # complete_line <word...>: what completes the last one
  bash -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tslab
    printf "%s\n" "${COMPREPLY[@]}"' _ "$work/tslab.bash" "$@"
}
expect() {  # expect <wanted> <word...>
  local found
  found=$(complete_line "${@:2}" | LC_ALL=C sort | tr '\n' ' ')
  [ "$found" = "$1 " ] || fail "${*:2}: wanted \"$1\", found \"$found\""
}
expect "doctor" tslab doc
expect "record report" tslab r
expect "--reap" tslab ps --r
expect "epochs_in_use" tslab ps --sort e
expect "--all" tslab top --al
expect "--all" tslab doctor --al
expect "refcount" tslab top --epochs --by ref
expect "slow_path_hits" tslab top --classes --by slow
expect "--json" tslab doctor --age 5 --j
expect "--json" tslab --name top stats --j
expect "bash" tslab completion b
expect "$work/tslab.1 $work/tslab.bash" tslab diff "$work/tslab"
expect "$work/tslab.1" tslab stats --input "$work/tslab.1"
expect "" tslab top --n ""
