#!/usr/bin/env bash
# promtool_test.sh <exposition>...
#
# Each is one that Prometheus takes, and promtool has nothing to say against it. With a sample in
# which it must.
set -euo pipefail
[ $# -ge 9 ] || { echo "only $# expositions"; exit 1; }
for file in "$@"; do
  if ! said=$(promtool check metrics < "$file" 2>&1) || [ -n "$said" ]; then
    echo "${file##*/}: $said"
    exit 1
  fi
done
if printf '# HELP a_count x\n# TYPE a_count gauge\na_count 1\n' | promtool check metrics > /dev/null 2>&1; then
  echo "promtool finds nothing wrong with a gauge that is called a_count"
  exit 1
fi
