#!/usr/bin/env bash
# guest_test.sh add_subdirectory|FetchContent shared|static|both <source folder> <cmake options...>
#
# A user's project takes the library in, with its own flags and what it says of shared libraries; builds
# programs in C11 and C++17 and runs them. Of the library it gets the one that it asked for and
# nothing else: no test, no tool, nothing installed.
set -euo pipefail
way=$1 wanted=$2 source=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/run"
export TEMPORAL_SLAB_RUNTIME_DIR=$work/run

fail() {
  echo "FAILED: $*"
  exit 1
}
quiet() { "$@" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }; }

options=(-DWAY="$way" -DTEMPORAL_SLAB_SOURCE_DIR="$source" "$@")
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
options+=(-DCMAKE_C_FLAGS="$warnings" -DCMAKE_CXX_FLAGS="-fno-exceptions $warnings")
case $wanted in
  shared) options+=(-DBUILD_SHARED_LIBS=ON) ;;
  static) options+=(-DBUILD_SHARED_LIBS=OFF -DTEMPORAL_SLAB_VALGRIND=OFF) ;;
esac
quiet cmake -S "$(dirname "$0")/guest" -B "$work/build" -G Ninja "${options[@]}"
quiet cmake --build "$work/build"
for program in c cxx17; do
  answer=$("$work/build/$program") || true
  [ "$answer" = ok ] || fail "$program said: $answer"
done

built() { [ -n "$(find "$work/build" -name "$1" -type "${2:-f}")" ]; }
case $wanted in
  shared) built 'libtemporal_slab.so*' && ! built libtemporal_slab.a ;;
  static) built libtemporal_slab.a && ! built 'libtemporal_slab.so*' ;;
  both) built libtemporal_slab.a && built 'libtemporal_slab.so*' ;;
esac || fail "the libraries that were built are not: $wanted"
! built tslab || fail "tslab was built"
! built '*_test' || fail "a test was built"
flags=$(grep -c -- -Werror "$work/build/build.ninja" || true)
[ "$flags" -gt 0 ] || fail "the host's flags were lost"

quiet cmake --install "$work/build" --prefix "$work/prefix"
installed=$(cd "$work/prefix" && find . -type f -o -type l | sort | tr '\n' ' ')
[ "$installed" = "./bin/c ./bin/cxx17 " ] || fail "installed with the host: $installed"
echo "$way, $wanted: ok"
