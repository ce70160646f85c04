#!/usr/bin/env python3
"""compare_runs.py OLD.json NEW.json

Compares two runs of `temporal_slab_bench --report --json`, row by row. A row is slower (or faster) when
chance does not explain it: the interval of 99.9% for the quotient of the two medians, by resampling what was
measured, lies wholly beyond 3%. Exits with 1 if a row is slower.
"""

import json
import pathlib
import random
import sys
from statistics import median

RESAMPLES = 4000
OUTSIDE = 0.0005   # of each end: with 50 rows, one false alarm in 20 comparisons of the same thing
LEAST = 0.03       # a smaller change is no finding, however sure it is
LEAST_STEPS = 0.5  # of a row that is a difference of two times: in its own unit


def interval(old, new, change, chance):
    """What change(median, median) may be."""
    found = sorted(change(median(chance.choices(old, k=len(old))), median(chance.choices(new, k=len(new))))
                   for _ in range(RESAMPLES))
    outside = int(RESAMPLES * OUTSIDE)
    return found[outside], found[-1 - outside]


def judge(old, new, chance):
    """The verdict on a row, and what stands in the table."""
    if old.get("difference"):
        low, high = interval(old["ratios"], new["ratios"], lambda a, b: b - a, chance)
        least, text = LEAST_STEPS, f"{low:+.2f} .. {high:+.2f}"
    else:
        low, high = interval(old["ratios"], new["ratios"], lambda a, b: b / a - 1, chance)
        least, text = LEAST, f"{low:+.1%} .. {high:+.1%}"
    if low > least:
        return "slower", text
    if high < -least:
        return "faster", text
    return "", text


def measured(run):
    return {(row["what"], row["peer"]): row for row in run["rows"] if "ratios" in row}


def compare(old_run, new_run):
    """The lines of the table, and how many rows are slower."""
    chance = random.Random(1)
    old_rows, new_rows = measured(old_run), measured(new_run)
    both = [key for key in new_rows if key in old_rows]
    width = max([len(f"{what} / {peer}") for what, peer in both], default=4)
    lines = [f"{'what':{width}} {'old':>7} {'new':>7}  change, 99.9% sure"]
    slower = 0
    for key in both:
        old, new = old_rows[key], new_rows[key]
        verdict, text = judge(old, new, chance)
        slower += verdict == "slower"
        lines.append(f"{' / '.join(key):{width}} {old['ratio']:7.2f} {new['ratio']:7.2f}  {text:20} {verdict}".rstrip())
    for here, there, word in ((old_rows, new_rows, "gone"), (new_rows, old_rows, "new")):
        lines += [f"{' / '.join(key)}: {word}" for key in here if key not in there]
    return lines, slower


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    runs = [json.loads(pathlib.Path(path).read_text(encoding="utf-8")) for path in sys.argv[1:]]
    if not all(measured(run) for run in runs):
        sys.exit("compare_runs.py: no measured row in one of the files")
    lines, slower = compare(*runs)
    print("\n".join(lines))
    print(f"{slower} rows are slower")
    sys.exit(1 if slower else 0)


if __name__ == "__main__":
    main()
