#!/usr/bin/env bash
# same_failures.sh PROGRAM [--record]: PROGRAM must print what failures.txt holds; --record writes it.
set -euo pipefail
recorded="$(dirname "$0")/failures.txt"
if [[ "${2:-}" == --record ]]; then
  "$1" > "$recorded"
else
  "$1" | diff "$recorded" -
fi
