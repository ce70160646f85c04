#!/usr/bin/env bash
# package_test.sh find_package|pkg-config <build folder or root> <users' folder> <flags>
#
# Installs into a fresh prefix and moves that prefix away; a root has /usr with all in it already. Builds
# and runs programs against it as users' projects would, in C11, C++20 and C++17, with warnings as errors
# and without exceptions in the last, with the shared and with the static library.
set -euo pipefail
how=$1 build=$2 users=$3 flags=${4-}  # CMake drops an argument that is empty
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/run"
export TEMPORAL_SLAB_RUNTIME_DIR=$work/run

if [ -d "$build/usr/include" ]; then
  ln -s "$build/usr" "$work/prefix"
else
  cmake --install "$build" --prefix "$work/first" > "$work/log"
  # An installed tree names no absolute place of its own.
  mv "$work/first" "$work/prefix"
fi
pc=$(find "$work/prefix/" -name temporal_slab.pc)
libdir=${pc%/pkgconfig/*}

own_flags() {  # own_flags <language>: what a user asks of the compiler
  echo "$flags -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
  [ "$1" != cxx17 ] || echo -fno-exceptions
}

quiet() { "$@" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }; }

find_package_user() {  # find_package_user <c|cxx> <output folder>
  quiet cmake -S "$users/$1" -B "$2" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" \
    -DCMAKE_C_FLAGS="$(own_flags "$1" | tr '\n' ' ')" -DCMAKE_CXX_FLAGS="$(own_flags "$1" | tr '\n' ' ')"
  quiet cmake --build "$2"
}

pkg_config_user() {  # pkg_config_user <c|cxx> <output folder>
  local compile=(gcc -std=c11 "$users/c/use.c") options static
  case $1 in
    cxx) compile=(g++ -std=c++20 "$users/cxx/use.cc") ;;
    cxx17) compile=(g++ -std=c++17 "$users/cxx17/use.cc") ;;
  esac
  mkdir -p "$2"
  options="$(own_flags "$1") $(PKG_CONFIG_PATH=${pc%/*} pkg-config --cflags --libs temporal_slab)"
  static="$(own_flags "$1") $(PKG_CONFIG_PATH=${pc%/*} pkg-config --cflags --libs --static temporal_slab)"
  static=${static/-ltemporal_slab/-l:libtemporal_slab.a}
  # shellcheck disable=SC2086
  "${compile[@]}" $options -o "$2/shared"
  # shellcheck disable=SC2086
  "${compile[@]}" $static -o "$2/static"
}

check() {  # check <program>: it must answer, and be linked as its name says
  local answer needs=static
  answer=$(LD_LIBRARY_PATH=$libdir "$1")
  readelf -dW "$1" | grep 'NEEDED.*libtemporal_slab\.so' > /dev/null && needs=shared
  if [ "$answer" != ok ] || [ "$needs" != "${1##*/}" ]; then
    echo "$1, linked $needs, said: $answer"
    exit 1
  fi
}

for language in c cxx cxx17; do
  "${how//-/_}_user" "$language" "$work/$language"
  check "$work/$language/shared"
  check "$work/$language/static"
  echo "$how, $language: ok"
done
