#!/bin/bash -eu
# Builds the fuzz targets after the contract of OSS-Fuzz: with $CC, $CXX, $CFLAGS, $CXXFLAGS and
# $LIB_FUZZING_ENGINE, from the folder of the sources, into $OUT, each with its seed corpus,
# dictionary and options. $WORK is for what comes in between. With arguments only these targets.
set -o pipefail

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for source in fuzz/*_fuzz.cc; do
    name=$(basename "$source")
    targets+=("${name%_fuzz.cc}")
  done
fi

# CMake takes compilers and flags from the environment, where the contract puts them.
cmake -S . -B "$WORK/build" -G Ninja -DCMAKE_BUILD_TYPE= \
  -DTEMPORAL_SLAB_FUZZING_ENGINE="$LIB_FUZZING_ENGINE" -DTEMPORAL_SLAB_BUILD_FUZZERS=ON \
  -DTEMPORAL_SLAB_BUILD_TESTS=OFF -DTEMPORAL_SLAB_BUILD_BENCH=OFF
cmake --build "$WORK/build" --target "${targets[@]/#/fuzz_}"

for name in "${targets[@]}"; do
  cp "$WORK/build/fuzz/fuzz_$name" "$OUT/"
  cp "fuzz/dictionaries/$name.dict" "$OUT/fuzz_$name.dict"
  cp fuzz/oss-fuzz/options "$OUT/fuzz_$name.options"
  seeds=(fuzz/corpus/"$name"/*)
  [ "$name" != json ] || seeds+=(schemas/golden/json_*.json)
  rm -f "$OUT/fuzz_${name}_seed_corpus.zip"
  python3 -m zipfile -c "$OUT/fuzz_${name}_seed_corpus.zip" "${seeds[@]}"
done
