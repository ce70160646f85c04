#!/usr/bin/env bash
# malloc_test.sh PRELOAD PROGRAM LIBRARY: programs run with a malloc that is made of the library. What
# the C library allocates for one of our own calls would come back in, without end.
set -euo pipefail
preload=$1 program=$2 library=$3

for keys in 0 28 32 40 1000; do
  answer=$(LD_PRELOAD=$preload timeout 60 "$program" "$keys" "$library")
  [ "$answer" = "$keys keys: done" ] || { echo "with $keys keys: $answer"; exit 1; }
done
# Programs that know nothing of it.
[ "$(LD_PRELOAD=$preload sort <<< $'b\na')" = $'a\nb' ]
[ "$(LD_PRELOAD=$preload python3 -c 'print(sum(len(str(i)) for i in range(10000)))')" = 38890 ]
