#!/usr/bin/env bash
# calls_test.sh LIBRARY PROGRAM: malloc's calls keep their promises under the library, however fast
# its epochs turn, and the program's own malloc does too.
set -euo pipefail
library=$1 program=$2
for turn_ms in 0 1 1000 nonsense; do
  answer=$(LD_PRELOAD=$library TEMPORAL_SLAB_TURN_MS=$turn_ms timeout 60 "$program") ||
    { echo "an epoch each $turn_ms ms:"; echo "$answer"; exit 1; }
  [ "$answer" = done ]
done
