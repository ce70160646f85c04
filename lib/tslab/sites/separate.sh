#!/usr/bin/env bash
# separate.sh <program> <folder>: puts it there stripped, and its debug information into debug/ there,
# as distributions do: by its build-id.
set -euo pipefail
id=$(readelf --notes "$1" | sed -n 's/.*Build ID: //p')
[ -n "$id" ]
rm -rf "$2"
mkdir -p "$2/debug/.build-id/${id:0:2}"
objcopy --only-keep-debug "$1" "$2/debug/.build-id/${id:0:2}/${id:2}.debug"
strip -o "$2/program" "$1"
