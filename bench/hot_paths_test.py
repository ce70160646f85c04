#!/usr/bin/env python3
"""hot_paths_test.py LIBRARY GOLDEN [--write]

Counts the instructions of the calls that must be cheap, as they stand in LIBRARY, by kind, and compares
them with GOLDEN. What such a call cannot do at once it jumps away for, so its own code is the hot path:
no call and no locked instruction may stand in it. --write makes GOLDEN anew.
"""
# R-2.3-5

import pathlib
import re
import subprocess
import sys

CALLS = ("alloc_obj_epoch", "slab_malloc_epoch", "free_obj", "slab_free",
         "slab_epoch_inc_refcount", "slab_epoch_dec_refcount", "slab_epoch_acquire", "slab_epoch_release")
KINDS = ("instructions", "loads", "stores", "compares", "branches", "calls", "locked")
MEMORY = r"(?:%fs:)?-?(?:0x[0-9a-f]+)?\((?:%\w+)?(?:,%\w+,\d)?\)|%fs:0x[0-9a-f]+|%fs:\(%\w+\)"
LOCKED = re.compile(r"^(lock|xchg|mfence|sfence|lfence)\b")


def body(text, name):
    """The instructions of a function, padding aside."""
    match = re.search(rf"^<{name}>:\n(.*?)(?=^<|\Z)", text, re.MULTILINE | re.DOTALL)
    if not match:
        sys.exit(f"{name} is not in the library")
    lines = [line.strip() for line in match[1].splitlines() if line.strip()]
    return [line for line in lines
            if not re.match(r"(nop|xchg +%ax,%ax|cs nop|data16)", line) and line.startswith(tuple("abcdefghijklmnopqrstuvwxyz"))]


def kinds_of(lines):
    counts = dict.fromkeys(KINDS, 0)
    counts["instructions"] = len(lines)
    for line in lines:
        operation, _, operands = line.partition(" ")
        operands = re.sub(r"\s*#.*$", "", operands.strip())
        at_end = re.search(rf"(?:^|,)(?:{MEMORY})$", operands) is not None
        anywhere = re.search(MEMORY, operands) is not None
        compares = operation.startswith(("cmp", "test", "bt "))or operation == "bt"
        if operation.startswith("j"):
            counts["branches"] += 1
        elif operation.startswith("call"):
            counts["calls"] += 1
        elif operation.startswith("lea"):
            continue
        elif compares:
            counts["compares"] += 1
            counts["loads"] += anywhere
        elif at_end and operation not in ("push", "pop") and not operation.startswith("mul"):
            counts["stores"] += 1
            counts["loads"] += not operation.startswith(("mov", "set"))
        elif anywhere:
            counts["loads"] += 1
        counts["locked"] += LOCKED.match(line) is not None
    return counts


def main():
    library, golden, *rest = sys.argv[1:]
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", "--no-addresses", library], check=True,
                          capture_output=True, text=True).stdout
    found = {name: kinds_of(body(text, name)) for name in CALLS}
    table = "".join("  ".join([f"{'call':<24}"] + [f"{kind:>12}" for kind in KINDS]).rstrip() + "\n" if name is None
                    else "  ".join([f"{name:<24}"] + [f"{found[name][kind]:>12}" for kind in KINDS]) + "\n"
                    for name in (None, *CALLS))
    print(table, end="")
    if rest == ["--write"]:
        pathlib.Path(golden).write_text(table, encoding="utf-8")
    for name, counts in found.items():
        if counts["calls"] or counts["locked"]:
            sys.exit(f"{name}: a call or a locked instruction on the hot path")
    wanted = pathlib.Path(golden).read_text(encoding="utf-8")
    if table != wanted:
        sys.exit(f"the table in {golden} says otherwise:\n{wanted}"
                 "if that is meant, write it anew with --write and say why in the commit")


main()
