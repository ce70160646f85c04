#!/usr/bin/env python3
"""types_test.py <folder schemas>

The dashboard is what Grafana's own types say: TypeScript checks it against @grafana/schema, fetched from
npm's registry in the version below and believed by its hash. Each panel's options and the form of its
lines are checked by the types of its kind of panel. Changed dashboards, each wrong in one place, are
refused there.
"""

import base64
import copy
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request

VERSION = "11.6.0"
INTEGRITY = "sha512-+kLlXVf9T7Tq6GX19JjCTGNpyE2a13Isd4JHY4wI6fk1mFirbr2yDC09DdGJjCvcoDYVkPwKvntuDRIPheIBhA=="
REGISTRY = "https://registry.npmjs.org/"
# Where the options of each kind of panel are described.
PANELS = {"timeseries": "TimeSeries", "table": "Table", "stat": "Stat"}
# JSON has the words of an enumeration, and TypeScript wants its names.
HEAD = """import type * as schema from '@grafana/schema';
type Json<T> = T extends string ? `${T}` : T extends (infer One)[] ? Json<One>[] :
  T extends object ? { [Key in keyof T]: Json<T[Key]> } : T;
// What the source of data reads beside: Prometheus its query, and how an event is told.
type Annotation = schema.AnnotationQuery &
  { expr: string; step: string; titleFormat: string; textFormat: string; tagKeys: string };
type Dashboard = Omit<schema.Dashboard, 'annotations'> & { annotations: { list: Annotation[] } };
"""


def registry():
    """As npm is told, if it is there."""
    if shutil.which("npm") is None:
        return os.environ.get("npm_config_registry", REGISTRY)
    return subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True,
                          check=True).stdout.strip()


def fetch(folder):
    url = f"{registry().rstrip('/')}/@grafana/schema/-/schema-{VERSION}.tgz"
    with urllib.request.urlopen(url, timeout=60) as answer:
        content = answer.read()
    found = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    if found != INTEGRITY:
        sys.exit(f"{url} is {found}, not {INTEGRITY}")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder)  # what is in it is known by its hash
    return folder / "package/dist/esm"


def text_of(dashboard):
    text = HEAD
    for kind, name in PANELS.items():
        text += (f"import type * as {kind} from "
                 f"'@grafana/schema/raw/composable/{kind}/panelcfg/x/{name}PanelCfg_types.gen';\n")

    def claim(what, value):
        nonlocal text
        text += f"export const value{text.count('export const')}: Json<{what}> = {json.dumps(value)};\n"

    claim("Dashboard", dashboard)
    for variable in dashboard["templating"]["list"]:
        claim("schema.VariableModel", variable)
    for annotation in dashboard["annotations"]["list"]:
        claim("Annotation", annotation)
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            claim("schema.RowPanel", panel)
            continue
        claim("schema.Panel", panel)
        claim(f"{panel['type']}.Options", panel["options"])
        for link in panel.get("links", []):
            claim("schema.DashboardLink", link)
        defaults = panel["fieldConfig"]["defaults"]
        if "custom" in defaults:
            claim(f"{panel['type']}.FieldConfig", defaults["custom"])
        if "thresholds" in defaults:
            claim("schema.ThresholdsConfig", defaults["thresholds"])
    return text


def panel_of(dashboard, kind):
    return next(panel for panel in dashboard["panels"] if panel["type"] == kind)


def changed(dashboard):
    """(what is wrong, the dashboard with that)"""
    def with_change(change):
        other = copy.deepcopy(dashboard)
        change(other)
        return other

    return [("a name that nothing has", with_change(lambda it: it.update(refreshes="10s"))),
            ("a cursor of a word", with_change(lambda it: it.update(graphTooltip="shared"))),
            ("an unknown place of a legend", with_change(
                lambda it: panel_of(it, "timeseries")["options"]["legend"].update(placement="below"))),
            ("an unknown style of a threshold", with_change(
                lambda it: panel_of(it, "timeseries")["fieldConfig"]["defaults"]["custom"].update(
                    thresholdsStyle={"mode": "dotted"}))),
            ("an order without its column", with_change(
                lambda it: panel_of(it, "table")["options"].update(sortBy=[{"desc": True}]))),
            ("a place without its width", with_change(lambda it: panel_of(it, "stat")["gridPos"].pop("w"))),
            ("a link without its kind", with_change(lambda it: panel_of(it, "stat")["links"][0].pop("type"))),
            ("a variable of no kind", with_change(
                lambda it: it["templating"]["list"][0].update(type="process"))),
            ("an annotation without its color", with_change(
                lambda it: it["annotations"]["list"][0].pop("iconColor")))]


def main():
    dashboard = json.loads((pathlib.Path(sys.argv[1]) / "grafana/temporal_slab.json").read_text())
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work)
        types = fetch(folder)
        (folder / "dashboard.ts").write_text(text_of(dashboard))
        wrong = changed(dashboard)
        for number, (_, other) in enumerate(wrong):
            (folder / f"wrong{number}.ts").write_text(text_of(other))
        (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": {
            "strict": True, "noEmit": True, "skipLibCheck": True, "target": "es2020", "module": "es2020",
            "moduleResolution": "node", "types": [], "baseUrl": ".", "paths": {
                "@grafana/schema": [f"{types}/index"], "@grafana/schema/*": [f"{types}/*"]}},
            "include": ["*.ts"]}))
        said = subprocess.run(["tsc", "--pretty", "false", "-p", folder], capture_output=True, text=True,
                              check=False).stdout
    offences = re.findall(r"^(?:dashboard|.*/dashboard)\.ts.*(?:\n .*)*", said, re.MULTILINE)
    unknown = re.findall(r"^(?!.*(?:dashboard|wrong\d+)\.ts)\S.*", said, re.MULTILINE)
    unseen = [what for number, (what, _) in enumerate(wrong) if f"wrong{number}.ts" not in said]
    if offences or unknown or unseen:
        print("\n".join(offences + unknown))
        sys.exit(f"{len(offences)} offences; not refused: {unseen}")
    print(f"{len(dashboard['panels'])} panels as @grafana/schema {VERSION} has them; {len(wrong)} wrong ones refused")


main()
