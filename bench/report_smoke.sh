#!/usr/bin/env bash
# report_smoke.sh BENCH: a run of a moment, its page, and it compared with itself.
set -euo pipefail
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" --smoke --json "$work/run.json"
"$here/picture.py" "$work/run.json" "$work/run.html"
grep -q 'request of 200 objects, discarded' "$work/run.html"
"$here/compare_runs.py" "$work/run.json" "$work/run.json"
