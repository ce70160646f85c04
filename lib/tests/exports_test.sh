#!/usr/bin/env bash
# exports_test.sh <include folder> <shared library> <static library> <soname>
#
# What the libraries let out is exactly what the public headers declare, and what they need is libc
# and the C++ runtime. The list of functions comes from the compiler's reading of the headers, so a
# function declared and not exported fails as well as one exported and not declared.
set -euo pipefail
include=$1 shared=$2 static=$3 soname=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

same() {  # same <what> <wanted file> <found file>
  if ! diff --label "$1: wanted" --label "$1: found" -u "$2" "$3"; then failures=$((failures + 1)); fi
}

for header in "$include"/temporal_slab/*.h; do
  echo "#include <temporal_slab/${header##*/}>"
done > "$work/all.c"
gcc -std=c11 -fsyntax-only -I"$include" -aux-info "$work/prototypes" "$work/all.c"
awk '/\/temporal_slab\/[a-z_]+\.h:/ && / extern / {
       sub(/ \(.*/, ""); sub(/.*[ *]/, ""); print }' "$work/prototypes" | sort > "$work/declared"
if [ "$(wc -l < "$work/declared")" -lt 30 ]; then
  echo "only $(wc -l < "$work/declared") functions were found in the headers"
  exit 1
fi

nm -D --defined-only "$shared" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort \
  > "$work/exported"
same "functions of ${shared##*/}" "$work/declared" "$work/exported"

# In an archive the visibility decides what a library that swallows it would let out again.
readelf -sW "$static" | awk '$5 == "GLOBAL" && $6 == "DEFAULT" && $7 != "UND" { print $8 }' | sort \
  > "$work/visible"
same "functions of ${static##*/}" "$work/declared" "$work/visible"

readelf -dW "$shared" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p' > "$work/soname"
echo "$soname" | same "soname" - "$work/soname"

readelf -dW "$shared" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' > "$work/needed"
grep -vE '^(libc|libm|libstdc\+\+|libgcc_s|ld-linux-[a-z0-9-]+|lib(a|t|ub)san)\.so\.[0-9]+$' \
  "$work/needed" > "$work/foreign" || true
same "libraries beyond libc and the C++ runtime" /dev/null "$work/foreign"

exit $((failures > 0))
