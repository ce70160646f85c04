#!/usr/bin/env python3
"""site_table_test.py <tslab> <program...>

A table: each way to take a reference (kinds.cc), in programs that compilers, optimisation, kinds of
linking and forms of debug information make, and the "function file:line" that tslab must give.
A program's folder is named after what is special about it.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent

# Of each kind: the function; the line is the one that is marked with the kind.
FUNCTIONS = {
    "plain": "plain",
    "macro": "macro",
    "inlined": "innermost",
    "artificial": "marked",
    "user header": "take_in_user_header",
    "lambda": "lambda::{lambda}",
    "invoked": "invoked::{lambda}",
    "nested": "nested::{lambda}::{lambda}",
    "function object": "wrapped::{lambda}",
    "functor": "Functor::operator()",
    "template": "function_template<int>",
    "member template": "member<char>",
    "constructor": "Object",
    "destructor": "~Object",
    "handler": "handler",
    "coroutine": "coroutine",
    "resumed": "coroutine",
    "jump": "jumping",
    "one of two": "either",
    "jumped to": "jumped_to",
    "wrapper": "wrapper",
    "scope": "scope",
    "enter": "enter",
    "reference": "reference",
}
# Where a jump was made and two ways lead to the library, the caller is all that is known.
TWO_WAYS = {"one of two": ("two_ways", "before two")}
# Line tables alone say neither what class a function is of nor what a jump was to.
LINES_ONLY = {**TWO_WAYS, "jump": ("jump", "before jumps"),
              **{kind: ("operator()", kind)
                 for kind in ("lambda", "invoked", "nested", "function object", "functor")}}


def marks():
    """kind -> "file:line" of its mark."""
    found = {}
    for path in (HERE / "kinds.cc", HERE / "temporal_slab/user_header.hpp"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := re.search(r"// site: (.*)$", line):
                assert match[1] not in found, match[1]
                found[match[1]] = f"{path.name}:{number}"
    return found


def wanted(variant):
    lines = marks()
    others = {}
    if "lines" in variant:
        others = LINES_ONLY
    elif not variant.endswith("-O0") and "-O1" not in variant:
        others = TWO_WAYS
    sites = {}
    for kind, function in FUNCTIONS.items():
        function, mark = others.get(kind, (function, kind))
        sites[kind] = f"{function} {lines[mark]}"
    return sites


def found(tslab, program):
    """kind -> site, as tslab has it of what the program left."""
    with tempfile.TemporaryDirectory() as runtime:
        environment = {**os.environ, "TEMPORAL_SLAB_RUNTIME_DIR": runtime,
                       "TEMPORAL_SLAB_DEBUG_PATH": str(program.parent / "debug"),
                       "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        ran = subprocess.Popen([program], env=environment)
        assert ran.wait(timeout=60) == 0, ran.returncode
        environment["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "")
        text = subprocess.run([tslab, "stats", "--json", "--pid", str(ran.pid)], env=environment,
                              check=True, capture_output=True, text=True, timeout=60).stdout
        return {holder["thread"]: holder["site"] for holder in json.loads(text)["epochs"][0]["holders"]}


def main():
    tslab, *programs = sys.argv[1:]
    wrong = 0
    for program in map(pathlib.Path, programs):
        sites = found(tslab, program)
        for kind, site in wanted(program.parent.name).items():
            if sites.get(kind) != site:
                wrong += 1
                print(f"{program.parent.name}: {kind}: wanted \"{site}\", found \"{sites.get(kind)}\"")
    count = len(programs) * len(FUNCTIONS)
    if not programs or wrong:
        sys.exit(f"FAILED: {wrong} of {count} sites are wrong")
    print(f"{count} sites of {len(programs)} programs are right")


main()
