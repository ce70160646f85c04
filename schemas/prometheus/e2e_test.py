#!/usr/bin/env python3
"""e2e_test.py <folder schemas> <tslab> <temporal-slab-demo>

A real Prometheus scrapes `tslab serve` in both forms of series, beside a demo that leaks. Every query
of the dashboard and of the rules is run, and what they answer is compared with the snapshot. A leak
needs no five minutes here: in the copies that are run its threshold is a second.
"""

import functools
import http.server
import json
import os
import pathlib
import re
import signal
import sys
import threading

from real_prometheus import (check, children, fetch, poll, run_in_a_folder, start, start_prometheus,
                             start_serve, found_in)

FORMS = ("epoch", "slot")
schemas, tslab, demo = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]


def young(text):
    """With thresholds of age that a test can wait for."""
    return re.sub(r"(seconds[^ ]*) > 300", r"\1 > 1", text)


def expressions(dashboard, form, pid):
    """(panel, expression) of each query, with the variables filled in as Grafana does it."""
    values = {"job": form, "instance": ".*", "pid": pid, "allocator": "demo"}
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], filled_in(target["expr"], values)
    for annotation in dashboard["annotations"]["list"]:
        yield annotation["name"], filled_in(annotation["expr"], values)


def filled_in(text, values):
    text = young(text).replace("$__rate_interval", "30s").replace("$__range", "30m")
    for name, value in values.items():
        text = text.replace("$" + name, value)
    check("$" not in text, "a variable is left in", text)
    return text


def check_dashboard(prometheus, form, snapshot):
    dashboard = json.loads((schemas / "grafana/temporal_slab.json").read_text())
    variables = [one["name"] for one in dashboard["templating"]["list"]]
    check(variables == ["datasource", "job", "instance", "pid", "allocator", "runbook"], variables)
    rows = [one["title"] for one in dashboard["panels"] if one["type"] == "row"]
    check(len(rows) == 6, rows)
    answers = {}
    for title, text in expressions(dashboard, form, str(snapshot["pid"])):
        # A scrape that a busy machine was late for leaves a gap.
        answer = poll(f"{form}: {title}: {text}", lambda text=text: prometheus.query(text))
        answers.setdefault(title, []).append(answer)
    check(len(answers) == len(dashboard["panels"]) - len(rows) + 1, "a panel without a query")
    check({metric["alertname"] for metric, _ in answers["alerts"][0]} >= {"TemporalSlabRefLeak"},
          form, answers["alerts"])

    epochs = {str(row["epoch_id"]): row for row in snapshot["epochs"]}
    leaks = [row for row in snapshot["epochs"]
             if row["refcount"] > 0 and row["closing_since_sec"] > 1]
    check([row["label"] for row in leaks] == ["background-worker-3"], leaks)
    shown = answers["Epochs still referenced after five minutes"][0]
    check(len(shown) == 1, form, shown)
    for name, wanted in (("label", "background-worker-3"), ("state", "CLOSING"),
                         ("epoch", str(leaks[0]["epoch_id"])), ("era", str(leaks[0]["epoch_era"])),
                         ("pid", str(snapshot["pid"])), ("allocator", "demo")):
        check(shown[0][0].get(name) == wanted, form, name, "is", shown[0][0].get(name))
    check(shown[0][1] == str(leaks[0]["refcount"]) == "2", form, shown)
    check(answers["Leaking epochs"][0][0][1] == "1", form, answers["Leaking epochs"])

    closes = "Resident bytes of the process before and after each close"
    for title, query, field in (("Epochs that hold the most memory", 0, "estimated_rss_bytes"),
                                (closes, 0, "rss_before_close"), (closes, 1, "rss_after_close"),
                                (closes, 2, "close_madvise_bytes")):
        for metric, value in answers[title][query]:
            row = epochs[metric["epoch"]]
            check(value == str(row[field]), form, title, metric, value, "not", row[field])
            # By slot only what leaks has its name.
            if form == "epoch" or row is leaks[0]:
                check(metric.get("label", "") == row["label"] and metric["state"] == row["state"],
                      form, title, metric)
            else:
                check("label" not in metric and "era" not in metric, form, title, metric)
    largest = max(row["estimated_rss_bytes"] for row in snapshot["epochs"])
    check(answers["Epochs that hold the most memory"][0][0][1] == str(largest), form, "top of RSS")
    live = sum(row["live_bytes"] for row in snapshot["classes"])
    check(live == sum(int(value) for _, value in prometheus.query(
        f'temporal_slab_class_live_bytes{{job="{form}"}}')), form, "live bytes")


def check_rules(prometheus, text):
    groups = prometheus.api("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    wanted = re.findall(r"^ *(?:- )?(?:alert|record): (\S+)", text, re.MULTILINE)
    check([rule["name"] for rule in rules] == wanted != [], "rules", rules)
    for rule in rules:
        prometheus.query(rule["query"])
    poll("an evaluation of all rules", lambda: all(
        rule["health"] == "ok" for group in prometheus.api("rules")["groups"]
        for rule in group["rules"]))
    leaks = poll("the alert of the leak", lambda: [
        alert for alert in prometheus.api("alerts")["alerts"]
        if alert["labels"]["alertname"] == "TemporalSlabRefLeak" and alert["state"] == "firing"
        and alert["labels"]["job"] in FORMS], enough=len(FORMS))
    found = sorted((alert["labels"]["job"], alert["labels"]["label"]) for alert in leaks)
    check(found == [(form, "background-worker-3") for form in FORMS], found)
    check('"background-worker-3") has held 2 references' in leaks[0]["annotations"]["summary"],
          leaks[0]["annotations"])


def check_hostile(prometheus):
    """Prometheus itself reads any label and the largest values."""
    for job in ("hostile", "largest"):
        poll(f"a scrape of {job}", lambda job=job: prometheus.query(f'up{{job="{job}"}} == 1'))
    wanted = sorted(row["label"].replace("\0", "\ufffd") for row in json.loads(
        (schemas / "golden/json_hostile.json").read_text())["epochs"])
    shown = prometheus.query('temporal_slab_epoch_info{job="hostile"}')
    check(sorted(metric["label"] for metric, _ in shown) == wanted, "labels:", shown)
    value = prometheus.query('temporal_slab_net_slabs{job="largest"}')[0][1]
    check(float(value) == 2.0**64, value)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def guess_type(self, _):
        return "text/plain; version=0.0.4"


def run(work):
    environment = dict(os.environ, TEMPORAL_SLAB_RUNTIME_DIR=str(work))
    leaking = start([demo, "--leak", "--serve-seconds", "3600"], work / "demo", environment)
    found_in(work / "demo", "^ready")
    targets = []
    for form in FORMS:
        address = start_serve(tslab, work / form, environment, "--series", form, "--age", "1")
        targets.append((form, address, "/metrics"))
    goldens = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(
        Quiet, directory=str(schemas / "golden/prometheus")))
    threading.Thread(target=goldens.serve_forever, daemon=True).start()
    for job in ("hostile", "largest"):
        targets.append((job, f"127.0.0.1:{goldens.server_port}", f"/{job}_epoch.prom"))

    rules = young((schemas / "prometheus/temporal_slab.rules.yml").read_text())
    (work / "rules.yml").write_text(rules)
    prometheus = start_prometheus(work, environment, targets, "[rules.yml]")

    for form, address, _ in targets[:2]:
        # Two scrapes make a rate; and what leaks must be old enough.
        poll(f"scrapes of {form}", lambda form=form: prometheus.query(
            f'count_over_time(temporal_slab_current_epoch{{job="{form}"}}[1m]) > 2 and on () ('
            f'temporal_slab_epoch_closing_since_seconds{{job="{form}"}} > 2 '
            f'and temporal_slab_epoch_refcount{{job="{form}"}} > 1)'))
        snapshot = json.loads(fetch(f"http://{address}/snapshot.json"))
        check(snapshot["pid"] == leaking.pid, snapshot["pid"])
        check_dashboard(prometheus, form, snapshot)
    check_rules(prometheus, rules)
    check_hostile(prometheus)

    # Dead, it costs its own rows and is counted.
    children.remove(leaking)
    leaking.send_signal(signal.SIGKILL)
    leaking.wait()
    for form in FORMS:
        poll(f"the end of the demo in {form}", lambda form=form: prometheus.query(
            f'temporal_slab_segments{{job="{form}",condition="dead"}} == 1') and
            not prometheus.query(f'temporal_slab_current_epoch{{job="{form}"}}'))
        poll(f"{form} being up", lambda form=form: prometheus.query(f'up{{job="{form}"}} == 1'))


run_in_a_folder(run)
