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
for change in 's/age_seconds > 300/age_seconds > 700/' 's/refcount > 0 and/refcount >= 0 and/' \
    's/state="CLOSING"/state=~".*"/' 's/refcount == 0/refcount >= 0/' 's/> 0.05/>= 0.05/' \
    's/\[15m\]) > 0$/[15m]) > 1/' 's/ unless .* offset 15m)/)/'; do
  sed "$change" "$rules" > "$work/$rules"
  if cmp -s "$rules" "$work/$rules"; then echo "$change changes nothing"; exit 1; fi
  if (cd "$work" && promtool test rules "$cases" > log 2>&1); then
    echo "the cases do not notice $change"
    exit 1
  fi
done

kinds=$(sed -n 's/^ *kind: //p' "$rules" | sort | tr '\n' ' ')
wanted="ABANDONED_REFS BAD_FREE MADVISE_FAILURE OBJECT_LEAK REF_LEAK SLOW_PATH STALE_RELEASE UNDERFLOW "
[ "$kinds" = "$wanted" ] || { echo "kinds: $kinds"; exit 1; }

comparison='\{[^}]*[a-z_] *(<|>)=? *[0-9]'
grep -qE "$comparison" <<< 'x{job="a",age_seconds > 300}' || { echo "the pattern finds nothing"; exit 1; }
if grep -rnE "$comparison" .. --include='*.yml' --include='*.json' --exclude-dir=golden; then
  echo "a comparison inside of a matcher"
  exit 1
fi
