#!/usr/bin/env bash
# counts_test.sh <temporal-slab-demo>
#
# The words that the demo prints, and their counts, are the ones that coreutils find.
demo=$1
source "$(dirname "$0")/e2e.sh"

wanted() {  # wanted <how many> <file...>: each file ends its last word
  local most=$1 file
  shift
  for file in "$@"; do
    cat -- "$file"
    echo
  done | tr -cs 'A-Za-z' '\n' | tr 'A-Z' 'a-z' | sed '/^$/d' | sort | uniq -c |
    sort -k1,1nr -k2,2 | awk -v most="$most" 'NR <= most'
}

check() {  # check <what> <how many> <demo options> -- <file...>
  local what=$1 most=$2
  local -a options=()
  shift 2
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  wanted "$most" "${@:2}" > "$work/wanted"
  "$demo" --top "$most" "${options[@]}" "$@" > "$work/all" || fail "$what: exit $?"
  sed '/^$/,$d' "$work/all" > "$work/found"
  diff -u "$work/wanted" "$work/found" > "$work/diff" || fail "$what: $(head -c 2000 "$work/diff")"
}

mapfile -t licences < <(find /usr/share/common-licenses -maxdepth 1 -type f | sort)
check "licences" 10 -- "${licences[@]}"
check "every word of the licences" 100000 --threads 12 -- "${licences[@]}"
check "one thread" 10 --threads 1 -- "${licences[@]}"
check "with a leak" 10 --leak -- "${licences[@]}"

# Without files it is those.
"$demo" | sed '/^$/,$d' > "$work/found"
wanted 10 "${licences[@]}" | diff -u - "$work/found" || fail "the default files are not the licences"

letters() { head -c "$1" /dev/zero | tr '\0' "$2"; }
printf 'end' > "$work/no newline at its end"
printf 'Start\r\nTWO  two\ttwo, two-two\r\n' > "$work/returns"
: > "$work/empty"
printf '12 34 \n' > "$work/no words"
printf 'nul\0nul na\303\257ve \377\376 @A[Z`a{z\n' > "$work/bytes"
{ letters 767 a; echo; letters 768 a; echo; letters 5000 A; echo; letters 200000 b; } > "$work/long"
# Words that stand across the borders of what is read at once.
for size in 65533 65534 65535 65536 131070; do
  { letters "$size" ' '; printf 'across the border'; } > "$work/border $size"
done
seq 200000 | tr 0-9 a-j > "$work/many"
check "awkward files" 100000 -- "$work"/{'no newline at its end',returns,empty,'no words',bytes,long} \
  "$work"/border* "$work/many"
check "a file twice" 10 --threads 2 -- "$work/many" "$work/returns" "$work/many"
check "no words at all" 10 -- "$work/empty" "$work/no words"

# The summary counts what is there.
"$demo" --threads 3 "${licences[@]}" > "$work/all"
cat "${licences[@]}" | wc -c > "$work/bytes"
expect "bytes" "$(cat "$work/bytes")" "$(awk '$2 == "bytes" && NF == 2 { print $1 }' "$work/all")"
expect "files" "${#licences[@]}" "$(awk '$2 == "files" { print $1 }' "$work/all")"
expect "words" "$(wanted 100000 "${licences[@]}" | awk '{ n += $1 } END { print n }')" \
  "$(awk '$2 == "words," { print $1 }' "$work/all")"
expect "segments left" 0 "$(segments)"
