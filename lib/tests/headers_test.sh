#!/usr/bin/env bash
# headers_test.sh <include folder> <C compiler> <C++ compiler>
#
# Each public header compiles alone, twice over: .h as C11 and as C++20, .hpp as C++17 and C++20, with exceptions
# and RTTI and without; and defines no macro but those of its own prefix. All that containers of the C++ library
# ask of our allocators is there in both languages.
set -euo pipefail
include=$1 cc=$2 cxx=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"

check() {  # check <compiler> <standard> <language> <header> [flags]
  { printf '#include <temporal_slab/%s>\n' "$4" "$4"; echo 'extern int user;'; } > "$work/alone.$3"
  # shellcheck disable=SC2086
  if ! "$1" -std="$2" $warnings ${5-} -fsyntax-only -I"$include" "$work/alone.$3"; then
    echo "$4 does not compile alone with $1 -std=$2 ${5-}"
    failures=$((failures + 1))
  fi
}

seen=0
for path in "$include"/temporal_slab/*; do
  header=${path##*/}
  seen=$((seen + 1))
  case $header in
    *.h) check "$cc" c11 c "$header"; check "$cxx" c++20 cc "$header" ;;
    prometheus_collectable.hpp) check "$cxx" c++17 cc "$header"; check "$cxx" c++20 cc "$header" ;;  # throws
    *.hpp)
      for standard in c++17 c++20; do
        check "$cxx" "$standard" cc "$header"
        check "$cxx" "$standard" cc "$header" "-fno-exceptions -fno-rtti"
      done
      ;;
    *) echo "$header: neither .h nor .hpp"; failures=$((failures + 1)) ;;
  esac
  if grep -nE '^ *# *define ' "$path" | grep -vE 'define TEMPORAL_SLAB_'; then
    echo "$header: a macro without the prefix TEMPORAL_SLAB_"
    failures=$((failures + 1))
  fi
done
for standard in c++17 c++20; do
  { printf '#include <%s>\n' map temporal_slab/memory_resource.hpp unordered_set vector
    for allocator in DomainAllocator EpochAllocator; do
      echo "template class std::vector<int, temporal_slab::$allocator<int>>;"
      echo "template class std::map<int, int, std::less<>, temporal_slab::$allocator<std::pair<const int, int>>>;"
      echo "template class std::unordered_set<int, std::hash<int>, std::equal_to<>, temporal_slab::$allocator<int>>;"
    done; } > "$work/containers.cc"
  # shellcheck disable=SC2086
  if ! "$cxx" -std=$standard $warnings -fsyntax-only -I"$include" "$work/containers.cc"; then
    echo "containers of our allocators do not compile with $cxx -std=$standard"
    failures=$((failures + 1))
  fi
done
[ "$seen" -ge 3 ] || { echo "only $seen headers in $include"; exit 1; }
exit $((failures > 0))
