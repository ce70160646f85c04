#!/usr/bin/env python3
"""cost_test.py OBJECT

The seam costs nothing: in OBJECT, compiled from cost_pairs.cc, each function sync_X has the
instructions of its std_X.
"""

import re
import subprocess
import sys

text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", "--no-addresses", sys.argv[1]], check=True,
                      capture_output=True, text=True).stdout
functions = {}
for part in re.split(r"\n(?=<)", text):
    match = re.match(r"<((?:sync|std)_\w+)>:\n", part)
    if match:
        lines = [line.strip() for line in part[match.end():].splitlines() if line.strip()]
        # Names of thread-local objects and padding differ, and nothing else may.
        functions[match[1]] = [re.sub(r"\s*(#.*|<.*>)$", "", line) for line in lines
                               if not line.startswith(("nop", "xchg   %ax,%ax", "cs nop", "data16 cs nop"))]

pairs = sorted(name[len("sync_"):] for name in functions if name.startswith("sync_"))
if len(pairs) != 7 or {f"std_{name}" for name in pairs} - set(functions):
    sys.exit(f"seven pairs wanted, found: {', '.join(sorted(functions))}")
differ = 0
for name in pairs:
    ours, standard = functions[f"sync_{name}"], functions[f"std_{name}"]
    print(f"{name}: {len(ours)} and {len(standard)} instructions")
    if ours != standard:
        differ += 1
        print(*("  " + line for line in ours), "  std:", *("  " + line for line in standard), sep="\n")
sys.exit(f"{differ} of {len(pairs)} pairs differ" if differ else 0)
