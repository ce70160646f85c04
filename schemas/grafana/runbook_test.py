#!/usr/bin/env python3
"""runbook_test.py <repository> <tslab>

Whoever is woken finds what to do: each kind of finding has its section in lib/doc/runbook.md, and each
alert and each panel of the dashboard links to one that is there. The commands that the page names are
taken by tslab, which serves the page under the address that the links have. And the dashboard has what
its readers were promised: figures that can be read side by side, and thresholds that are drawn.
"""

import copy
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request

ROOT, TSLAB = pathlib.Path(sys.argv[1]), sys.argv[2]
PARTS = ["What it means.", "What to look at.", "What to do."]
LINK = "${runbook}#"


def sections_of(page):
    """The paragraphs below each heading, by the address that its heading has."""
    return {part.split("\n")[0].lower(): part for part in re.split(r"^## ", page, flags=re.MULTILINE)[1:]}


def kinds():
    help_text = subprocess.run([TSLAB, "doctor", "--help"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"^  ([A-Z_]+) ", help_text.split("\nfindings:\n")[1], re.MULTILINE)


def offences_of_page(page):
    sections = sections_of(page)
    wanted = [kind.lower() for kind in kinds()]
    if list(sections) != wanted:
        yield f"sections {list(sections)}, not {wanted}"
    for name, section in sections.items():
        if re.findall(r"^\*\*(.*?)\*\*", section, re.MULTILINE) != PARTS:
            yield f"{name} does not have the parts {PARTS}"
    for command in re.findall(r"`tslab ([^`]*)`", page):
        words = command.split()
        if "BEFORE.json" in words:
            words[words.index("BEFORE.json")] = ROOT / "schemas/golden/json_busy.json"
        if words[0] == "serve":
            continue
        run = subprocess.run([TSLAB, *words, "--input", ROOT / "schemas/golden/json_busy.json"],
                             capture_output=True, text=True, check=False)
        if run.returncode == 2:
            yield f"tslab {command}: {run.stderr.strip()}"


def offences_of_rules(rules, sections, base):
    alerts = re.split(r"^      - (?=alert|record)", rules, flags=re.MULTILINE)[1:]
    found = []
    for alert in alerts:
        if not alert.startswith("alert: "):
            continue
        name = alert.split()[1]
        kind = re.search(r"^ +kind: (\S+)$", alert, re.MULTILINE)[1].lower()
        urls = re.findall(r"^ +runbook_url: '(.*)'$", alert, re.MULTILINE)
        if urls != [f"{base}#{kind}"] or kind not in sections:
            yield f"{name} links to {urls}, not to {base}#{kind}"
        found.append(kind)
    if set(found) != set(sections):
        yield f"alerts of {sorted(set(found))}"


def offences_of_links(dashboard, sections):
    linked = set()
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            continue
        for where, links in (("panel", panel.get("links", [])),
                             ("data", panel["fieldConfig"]["defaults"].get("links", []))):
            anchors = [link["url"].removeprefix(LINK) for link in links if link["url"].startswith(LINK)]
            if not anchors or not set(anchors) <= set(sections):
                yield f"{panel['title']}: {where} links to {anchors}"
            linked |= set(anchors)
    if linked != set(sections):
        yield f"no panel links to {sorted(set(sections) - linked)}"


def offences_of_figures(dashboard):
    panels = {panel["title"]: panel for panel in dashboard["panels"]}

    def expressions(title):
        return [target["expr"] for target in panels[title]["targets"]]

    if not all("refcount" not in part or "} > 0" in part for part in re.findall(
            r"temporal_slab_epoch_refcount\{[^}]*\}(?: > 0)?", expressions("References")[0])):
        yield "References that are 0 are drawn"
    closes = panels["Resident bytes of the process before and after each close"]
    steps = {step["id"]: step["options"] for step in closes["transformations"]}
    if "merge" not in steps or steps.get("calculateField", {}).get("binary") != {
            "left": "Value #A", "operator": "-", "right": "Value #B"}:
        yield "before and after a close do not stand in one table with their difference"
    for title, panel in panels.items():
        if panel["type"] == "timeseries":
            for expression in expressions(title):
                # Else each moment has its own five, and more lines are drawn.
                if "topk" in expression and not re.search(r" and topk\(5, .*\[\$__range\] @ end\(\)\)\)$", expression):
                    yield f"{title} draws other lines at each moment"
        defaults = panel.get("fieldConfig", {}).get("defaults", {})
        if panel["type"] == "timeseries" and "thresholds" in defaults and "thresholdsStyle" not in defaults["custom"]:
            yield f"{title} does not draw its threshold"
    if not all(expression.startswith("sum by (pid, allocator) (") for title in (
            "Empty slabs: kept warm, and given back", "Share of emptied slabs that was kept warm")
               for expression in expressions(title)):
        yield "what is kept warm is not summed"
    if not any("thresholds" in panel.get("fieldConfig", {}).get("defaults", {}) and panel["type"] == "timeseries"
               for panel in panels.values()):
        yield "no threshold is drawn"
    if not any("ALERTS{" in one["expr"] for one in dashboard["annotations"]["list"]):
        yield "alerts are no annotations"
    if "pid" not in [one["name"] for one in dashboard["templating"]["list"]]:
        yield "a process cannot be chosen"


def served():
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.Popen([TSLAB, "serve", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True,
                               env={"TEMPORAL_SLAB_RUNTIME_DIR": folder})
        try:
            address = re.search(r"127\.0\.0\.1:\d+", run.stdout.readline())[0]
            with urllib.request.urlopen(f"http://{address}/runbook.md", timeout=30) as answer:
                return answer.headers["Content-Type"], answer.read().decode()
        finally:
            run.terminate()
            run.wait()
            run.stdout.close()


def offences(page, rules, dashboard):
    sections = sections_of(page)
    base = [one for one in dashboard["templating"]["list"] if one["name"] == "runbook"][0]["query"]
    return [*offences_of_page(page), *offences_of_rules(rules, sections, base),
            *offences_of_links(dashboard, sections), *offences_of_figures(dashboard)]


def main():
    page = (ROOT / "lib/doc/runbook.md").read_text()
    rules = (ROOT / "schemas/prometheus/temporal_slab.rules.yml").read_text()
    text = (ROOT / "schemas/grafana/temporal_slab.json").read_text()
    found = offences(page, rules, json.loads(text))
    if served() != ("text/plain; charset=utf-8", page):
        found.append("tslab serve says another page")
    # Each of these is noticed.
    for number, (other_page, other_rules, other_text) in enumerate((
            (page.replace("## BAD_FREE", "## BAD_FREES"), rules, text),
            (page.replace("**What to do.** Free", "Free"), rules, text),
            (page.replace("--by live_objects", "--by objects"), rules, text),
            (page, rules.replace("#bad_free", "#slow_path"), text),
            (page, re.sub(" *runbook_url: .*underflow'\n", "", rules), text),
            (page, rules, text.replace("${runbook}#ring_full", "${runbook}#full_ring")),
            (page, rules, text.replace("${runbook}#bad_free", "#bad_free")),
            (page, rules, text.replace("thresholdsStyle", "style")),
            (page, rules, text.replace(" @ end()", "")),
            (page, rules, text.replace('"left": "Value #A"', '"left": "Value #C"')),
            (page, rules, text.replace("ALERTS{", "UP{")))):
        if (other_page, other_rules, other_text) == (page, rules, text):
            found.append(f"change {number} changes nothing")
        elif not offences(other_page, other_rules, copy.deepcopy(json.loads(other_text))):
            found.append(f"change {number} is not noticed")
    print("\n".join(found) or "each finding, alert and panel has its section")
    sys.exit(bool(found))


main()
