#!/usr/bin/env python3
"""picture.py RUN.json PAGE.html

Makes one self-contained page of what `temporal_slab_bench --report --json` wrote: each ratio on one
logarithmic axis, with its quartiles, all that was measured, and its budget as a line. No script, no other file.
"""

import html
import json
import math
import pathlib
import sys

# Where an axis ends, unless a budget lies beyond; what lies outside stands at the edge, with its number.
LEAST, MOST = 0.125, 16.0

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #6a737d; --line: #d0d7de;
  --good: #1a7f37; --bad: #c2410c; --plain: #4b6bb5; --budget: #8250df; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --soft: #9198a1; --line: #30363d;
  --good: #3fb950; --bad: #f0883e; --plain: #79a8ff; --budget: #c297ff; } }
body { margin: 0 auto; padding: 1rem; max-width: 70rem; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem; }
p, .note { color: var(--soft); }
.row { display: grid; grid-template-columns: minmax(0, 24rem) minmax(0, 1fr) 8.5rem; gap: 0 .8rem;
  align-items: center; padding: .18rem 0; border-top: 1px solid var(--line); }
.axis { position: relative; height: 1.5rem; }
.axis > * { position: absolute; top: 0; bottom: 0; }
.tick { border-left: 1px solid var(--line); }
.tick.one { border-left: 1px solid var(--soft); }
.each { width: 1px; top: .95rem; background: var(--soft); opacity: .55; }
.box { top: .35rem; bottom: .6rem; min-width: 2px; border-radius: 2px; background: var(--of); opacity: .45; }
.middle { width: 3px; margin-left: -1px; top: .15rem; bottom: .4rem; background: var(--of); }
.budget { border-left: 2px dashed var(--budget); }
.scale .axis span { color: var(--soft); font-size: .75rem; transform: translateX(-50%); white-space: nowrap; }
.scale { border-top: 0; }
.figure { text-align: right; font-variant-numeric: tabular-nums; }
.verdict { font-size: .8rem; color: var(--of); display: block; }
.met { --of: var(--good); } .missed { --of: var(--bad); } .free { --of: var(--plain); }
@media (max-width: 45rem) { .row { grid-template-columns: minmax(0, 1fr) 8.5rem; }
  .row .axis { grid-column: 1 / 3; grid-row: 2; } .scale .what, .scale .figure { display: none; } }
"""


class Axis:
    """Of the rows against one peer."""

    def __init__(self, rows):
        budget = max((row.get("budget", 0) for row in rows), default=0)
        self.most = max(MOST, 2.0 ** math.ceil(math.log2(budget)) if budget > 0 else 0)
        octaves = round(math.log2(self.most / LEAST))
        self.ticks = [LEAST * 2 ** octave for octave in range(octaves + 1)]

    def place(self, ratio):
        """Per cent of the axis."""
        if ratio <= LEAST:
            return 0.0
        return min(100.0, 100 * math.log(ratio / LEAST) / math.log(self.most / LEAST))

    def lines(self):
        return "".join(f'<i class="tick{" one" if tick == 1 else ""}" style="left:{self.place(tick):.2f}%"></i>'
                       for tick in self.ticks)

    def scale(self):
        marks = "".join(f'<span style="left:{self.place(tick):.2f}%">{tick:g}x</span>' for tick in self.ticks)
        return f'<div class="row scale" aria-hidden="true"><div class="what"></div><div class="axis">{marks}</div>' \
               '<div class="figure"></div></div>'


def verdict(row):
    if "budget" not in row:
        return "free", ""
    if row["ratio"] <= row["budget"]:
        return "met", f"met, at most {row['budget']:g}"
    return "missed", f"not met, at most {row['budget']:g}"


def figures(row):
    if "ours" not in row:
        return ""
    return (f'{row["ours"]:.2f} {row["unit"]} against {row["peers"]:.2f} {row["unit"]}, '
            f'quartiles {row["ratio_low"]:.2f} to {row["ratio_high"]:.2f}')


def draw(row, axis):
    kind, said = verdict(row)
    marks = axis.lines()
    # A difference of two times has no place on a logarithmic axis below 0.
    if row["ratio"] > 0:
        for ratio in row.get("ratios", ()):
            marks += f'<i class="each" style="left:{axis.place(ratio):.2f}%"></i>'
        if "ratio_low" in row:
            left, right = axis.place(row["ratio_low"]), axis.place(row["ratio_high"])
            marks += f'<i class="box" style="left:{left:.2f}%;width:{right - left:.2f}%"></i>'
        marks += f'<i class="middle" style="left:{axis.place(row["ratio"]):.2f}%"></i>'
    if "budget" in row:
        marks += f'<i class="budget" style="left:{axis.place(row["budget"]):.2f}%"></i>'
    what, more = html.escape(row["what"]), html.escape(figures(row))
    label = html.escape(f'{row["what"]}: {row["ratio"]:.2f} times {row["peer"]}. {said}. {figures(row)}', quote=True)
    return (f'<div class="row {kind}"><div class="what">{what}</div>'
            f'<div class="axis" role="img" aria-label="{label}" title="{more}">{marks}</div>'
            f'<div class="figure">{row["ratio"]:.2f}x<span class="verdict">{html.escape(said)}</span></div></div>')


def page(run):
    peers = {}
    for row in run["rows"]:
        peers.setdefault(row["peer"], []).append(row)
    with_budget = [row for row in run["rows"] if "budget" in row]
    met = sum(verdict(row)[0] == "met" for row in with_budget)
    parts = []
    # The peer with most rows first.
    for peer, rows in sorted(peers.items(), key=lambda item: -len(item[1])):
        axis = Axis(rows)
        parts.append(f"<h2>Against {html.escape(peer)}</h2>" + axis.scale() + "".join(draw(row, axis) for row in rows))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>temporal-slab: what things cost</title><style>{STYLE}</style></head><body>
<h1>What things cost, as a ratio to a peer in the same run</h1>
<p id="run">Built as {html.escape(run["build"])}, measured {html.escape(run["moment"])}, medians of
{run["repetitions"]} repetitions of about {run["repetition_ms"]:g} ms, ours and peer in turn.
{met} of {len(with_budget)} budgets are met.</p>
<p>Left is faster. The thick mark is the median of the ratios, the box their middle half, the hairs below each
ratio that was measured; the dashed line is the budget. Where the box is wide something else was running.</p>
{"".join(parts)}
</body></html>
"""


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    run = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    pathlib.Path(sys.argv[2]).write_text(page(run), encoding="utf-8")


if __name__ == "__main__":
    main()
