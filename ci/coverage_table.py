#!/usr/bin/env python3
"""coverage_table.py [--record] [--exceptions FILE] [--root FOLDER] SUMMARY

Reads what `llvm-cov export --summary-only` says of lib/, prints a table by folder, and fails when a file
misses more lines, branches or MC/DC conditions than FILE (ci/coverage_exceptions.txt) allows it. A file
that is not named there misses nothing. Each line there: path, the three numbers, and the reason. An
exception for a file that is gone, that misses nothing or that gives no reason fails too. --record
writes the numbers as they are now and keeps the reasons; what is new gets the reason "not yet reached".
"""

import argparse
import collections
import json
import pathlib
import sys

MEASURES = ("lines", "branches", "mcdc")
NAMES = ("lines", "branches", "MC/DC conditions")
NEW = "not yet reached"
HEAD = """# What no test reaches: file, missed lines, branches and MC/DC conditions at most, and why.
# ci/coverage fails when a file misses more; `ci/coverage --record` writes the numbers.
"""


def missed_of(summary, root):
    """{path: ((missed, all) of each measure)} of the files of lib/."""
    found = {}
    for file in summary["data"][0]["files"]:
        path = pathlib.Path(file["filename"])
        if not path.is_absolute():
            path = root / path
        if not path.is_relative_to(root / "lib"):
            continue
        figures = file["summary"]
        found[path.relative_to(root).as_posix()] = tuple(
            (figures[each]["count"] - figures[each]["covered"], figures[each]["count"])
            for each in MEASURES)
    return found


def read_exceptions(text):
    """{path: (numbers, reason)}, and what is wrong with the text."""
    exceptions, offences = {}, []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split(None, 4)
        if len(words) < 5 or not all(word.isdigit() for word in words[1:4]):
            offences.append(f"line {number}: not a path, three numbers and a reason: {line}")
            continue
        exceptions[words[0]] = (tuple(map(int, words[1:4])), words[4])
    return exceptions, offences


def offences_of(found, exceptions):
    for path, figures in sorted(found.items()):
        allowed = exceptions.get(path, ((0, 0, 0), ""))[0]
        for (missed, total), most, name in zip(figures, allowed, NAMES):
            if missed > most:
                yield f"{path}: {missed} of {total} {name} are not reached, at most {most} allowed"
    for path in sorted(exceptions):
        if path not in found:
            yield f"{path}: an exception for a file that is not there"
        elif not any(missed for missed, _ in found[path]):
            yield f"{path}: an exception, but all of it is reached"


def table_of(found):
    sums = collections.defaultdict(lambda: [[0, 0] for _ in MEASURES])
    for path, figures in found.items():
        for key in (path.split("/")[1] + "/", "all"):
            for into, (missed, total) in zip(sums[key], figures):
                into[0] += total - missed
                into[1] += total
    yield f"{'lib/':12}" + "".join(f"{name:>26}" for name in NAMES)
    for key in sorted(sums, key=lambda each: (each == "all", each)):
        cells = "".join(f"{f'{a} of {b}':>18}{100 * a / b if b else 100:7.1f}%" for a, b in sums[key])
        yield f"{key:12}{cells}"


def recorded(found, exceptions):
    lines = []
    for path, figures in sorted(found.items()):
        numbers = [missed for missed, _ in figures]
        if any(numbers):
            reason = exceptions.get(path, (None, NEW))[1]
            lines.append(f"{path:44} {numbers[0]:4} {numbers[1]:4} {numbers[2]:4}  {reason}")
    return HEAD + "\n".join(lines) + "\n"


def main():
    root = pathlib.Path(__file__).parents[1]
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[1])
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--root", type=pathlib.Path, default=root)
    parser.add_argument("--exceptions", type=pathlib.Path)
    parser.add_argument("summary", type=pathlib.Path)
    args = parser.parse_args()
    file = args.exceptions or args.root / "ci/coverage_exceptions.txt"
    found = missed_of(json.loads(args.summary.read_text(encoding="utf-8")), args.root.resolve())
    if not found:
        sys.exit(f"{args.summary}: nothing of lib/ in it")
    exceptions, offences = read_exceptions(file.read_text(encoding="utf-8") if file.exists() else "")
    print("\n".join(table_of(found)))
    if args.record:
        file.write_text(recorded(found, exceptions), encoding="utf-8")
        print(f"{file}: written")
        return
    offences += offences_of(found, exceptions)
    for offence in offences:
        print(offence)
    if offences:
        sys.exit(f"ci/coverage: {len(offences)} offences")


main()
