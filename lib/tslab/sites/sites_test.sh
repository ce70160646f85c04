#!/usr/bin/env bash
# sites_test.sh <tslab> <plugin> <program>
#
# tslab names the lines that took references: in a program and in a shared object that was loaded
# later; alive and killed; with less to go by (stripped files) or with nothing (a file that was
# replaced). Ways to take them, compilers and formats: site_table_test.py.
here=$(dirname "$0")
source "$here/../../demo/e2e.sh"
tslab=$1 plugin=$2 program=$3

line() { grep -n "// marked: $1\$" "$here/site_$2.cc" | cut -d: -f1; }

look() {  # into $sites: that of the only holder of each epoch
  "$tslab" stats --json --pid "$pid" > "$work/json" || fail "tslab: exit $?"
  mapfile -t sites < <(python3 -c '
import json, sys
for epoch in json.load(open(sys.argv[1]))["epochs"][:5]:
    [holder] = epoch["holders"]
    assert holder["refs"] == 1, holder
    print(holder["site"])' "$work/json")
  expect "epochs with one holder" 5 "${#sites[@]}"
}

check_named() {  # check_named <what>
  look
  expect "$1: a call" "leak_in_c site_program.cc:$(line c program)" "${sites[0]}"
  expect "$1: an inlined call" "leak_inlined site_program.cc:$(line inlined program)" "${sites[1]}"
  expect "$1: a scope" "leak_scope site_program.cc:$(line scope program)" "${sites[2]}"
  expect "$1: a reference" "leak_reference site_program.cc:$(line reference program)" "${sites[3]}"
  expect "$1: a plugin" "leak_in_plugin site_plugin.cc:$(line plugin plugin)" "${sites[4]}"
}

check_matches() {  # check_matches <what> <regular expression> <text>
  [[ "$3" =~ ^$2$ ]] || fail "$1: wanted /$2/, found \"$3\""
}

run() {  # run <program> <plugin>
  start "$1" "$2"
  wait_for "$1" grep -q '^ready' "$work/out"
}

run "$program" "$plugin"
check_named alive
kill_child "$pid"
check_named killed

# By paths from here, as `./program` and dlopen("./plugin") have them.
cp "$program" "$work/program"
cp "$plugin" "$work/plugin.so"
cd "$work"
strip --strip-debug program plugin.so
run ./program ./plugin.so
look
check_matches "without debug information" 'leak_in_c program\+0x[0-9a-f]+' "${sites[0]}"
check_matches "without debug information" 'leak_in_plugin plugin\.so\+0x[0-9a-f]+' "${sites[4]}"
kill_child "$pid"

strip program
run ./program ./plugin.so
look
offset=${sites[0]}
check_matches "without symbols" 'program\+0x[0-9a-f]+' "$offset"
check_matches "without its own symbol table" 'leak_in_plugin plugin\.so\+0x[0-9a-f]+' "${sites[4]}"
kill_child "$pid"
address=$(addr2line -f -e "$program" "${offset#program+}" | head -1)
expect "the offset, as other tools read it" leak_in_c "$address"

# A new build takes the place of the one that runs: what its lines say is not so.
cp "$program" program
run ./program ./plugin.so
cp "$plugin" other
mv other program
look
check_matches "replaced" 'program\+0x[0-9a-f]+' "${sites[0]}"
rm program
look
check_matches "removed" 'program\+0x[0-9a-f]+' "${sites[0]}"
