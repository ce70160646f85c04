#!/usr/bin/env bash
# package_test.sh install|subfolder COMPILER [LAUNCHER]
#
# The explorer as another project uses it, with nothing of this one in reach: its folder is copied out
# of the tree, installed (and the prefix moved) or added as a subfolder, and the example of README.md
# built and run. Then the example is broken: it must fail, and name the race's two lines.
set -euo pipefail
way=$1 compiler=$2 launcher=${3-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

quiet() { "$@" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }; }
configure() { quiet cmake -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" "$@"; }

# What a stranger takes: the folder, and of it nothing that only this project's tests use.
mkdir "$work/explorer" "$work/user"
cp -r "$(dirname "$0")"/{CMakeLists.txt,install.cmake,include,*.cc,*.h} "$work/explorer"
cp "$(dirname "$0")"/example/* "$work/user"

if [ "$way" = subfolder ]; then
  mv "$work/explorer" "$work/user/explorer"
else
  configure -S "$work/explorer" -B "$work/build"
  quiet cmake --build "$work/build"
  quiet cmake --install "$work/build" --prefix "$work/first"
  rm -r "$work/explorer" "$work/build"
  mv "$work/first" "$work/prefix"
fi

configure -S "$work/user" -B "$work/user/build" -DCMAKE_PREFIX_PATH="$work/prefix"
quiet cmake --build "$work/user/build"
quiet ctest --test-dir "$work/user/build"
echo "$way: the example passes"

sed -i 's/true, std::memory_order_release/true, std::memory_order_relaxed/' "$work/user/mailbox.cc"
quiet cmake --build "$work/user/build"
if "$work/user/build/mailbox" > "$work/said"; then
  cat "$work/said"
  echo "$way: the broken example passes too"
  exit 1
fi
expected="data race: letter: read by T2 at mailbox.cc:17 is not ordered with the write by T1 at mailbox.cc:14"
grep -qxF "$expected" "$work/said" || { cat "$work/said"; exit 1; }
echo "$way: the broken example fails as it should"
