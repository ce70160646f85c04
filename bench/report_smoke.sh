#!/usr/bin/env bash
# report_smoke.sh BENCH RUN_ONCE: a run of a moment, its page, and it compared with itself; and that what runs
# programs tells the truth of one whose time, peak and exit code are known.
set -euo pipefail
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" --smoke --json "$work/run.json"
"$here/picture.py" "$work/run.json" "$work/run.html"
grep -q 'request of 200 objects, discarded' "$work/run.html"
read -r wall_ns peak_bytes code < <("$2" "" /usr/bin/python3 -c \
  'import sys, time; kept = bytes(range(256)) * (1 << 18); time.sleep(0.2); sys.exit(3)')
((wall_ns >= 200000000 && peak_bytes >= 64 << 20 && peak_bytes < 96 << 20 && code == 3)) ||
  { echo "run_once: $wall_ns ns, $peak_bytes bytes, exit code $code"; exit 1; }
for program in sort xz python3 perl sqlite3; do
  for peer in glibc mimalloc; do
    for figure in 'wall time, ms' 'peak RSS, MiB'; do
      grep -q "$program, $figure: [0-9.]* times $peer\. " "$work/run.html"
    done
  done
done
"$here/compare_runs.py" "$work/run.json" "$work/run.json"
