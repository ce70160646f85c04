#!/usr/bin/env bash
# layout_test.sh OF_THE_LIBRARY OF_THE_MODELLED: what lies on one line of memory in the modelled library
# does so in the library itself. Each is a program that says its layout (layout.cc).
set -euo pipefail
diff --unified=0 --label "the library" --label "the modelled library" <("$1") <("$2")
"$1" | grep -q '::inside_ at' # something was said
