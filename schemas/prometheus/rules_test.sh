#!/usr/bin/env bash
# rules_test.sh <folder schemas>
#
# The alert rules are valid and pass their own cases; each rule fires in one of them; no query anywhere
# compares inside of a matcher, which PromQL does not have.
set -euo pipefail
cd "$1/prometheus"
rules=temporal_slab.rules.yml
cases=temporal_slab.rules.test.yml

promtool check rules "$rules"
promtool test rules "$cases"

# The cases notice a rule that says something else.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$cases" "$work"
for change in 's/closing_since_seconds > 300/closing_since_seconds > 700/' \
    's/closing_since_seconds > 300/closing_since_seconds > 5/' 's/refcount > 0 and/refcount >= 0 and/' \
    's/kept_oldest_seconds > 300/kept_oldest_seconds > 5/' 's/kept_refs > 0 and/kept_refs > 9 and/' \
    's/refcount == 0/refcount >= 0/' 's/ - temporal_slab_epoch_carried_objects//' \
    's/carried_oldest_age_seconds > 300/carried_oldest_age_seconds > 5/' 's/> 8 \* 1048576/> 7 * 1048576/' \
    's/> 2 \* temporal_slab/> 1 * temporal_slab/' 's/age_seconds > 300 and/age_seconds > 2000 and/' 's/and temporal_slab_epoch_age_seconds > 300$//' \
    's/- temporal_slab_epoch_reclaimable_bytes//' 's/- temporal_slab_epoch_carried_slab_bytes//' \
    's/> 0.05/>= 0.05/' 's/>= 10000/>= 1/' 's/\[15m\]) > 0$/[15m]) > 1/' \
    's/ unless .* offset 15m)/)/' 's/^            unless ignoring .*$//'; do
  sed "$change" "$rules" > "$work/$rules"
  if cmp -s "$rules" "$work/$rules"; then echo "$change changes nothing"; exit 1; fi
  if (cd "$work" && promtool test rules "$cases" > log 2>&1); then
    echo "the cases do not notice $change"
    exit 1
  fi
done

kinds=$(sed -n 's/^ *kind: //p' "$rules" | sort -u | tr '\n' ' ')
wanted="ABANDONED_REFS BAD_FREE MADVISE_FAILURE OBJECT_LEAK PINNED_SLABS REF_LEAK RING_FULL \
SLOW_PATH STALE_RELEASE UNDERFLOW "
[ "$kinds" = "$wanted" ] || { echo "kinds: $kinds"; exit 1; }

comparison='\{[^}]*[a-z_] *(<|>)=? *[0-9]'
grep -qE "$comparison" <<< 'x{job="a",age_seconds > 300}' || { echo "the pattern finds nothing"; exit 1; }
if grep -rnE "$comparison" .. --include='*.yml' --include='*.json' --exclude-dir=golden; then
  echo "a comparison inside of a matcher"
  exit 1
fi
