#!/usr/bin/env python3
"""A Prometheus and other programs as children of a test, waited for by what they say."""

import json
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

LIMIT_SEC = 120  # of each wait
children = []


def check(holds, *what):
    if not holds:
        raise SystemExit("FAILED: " + " ".join(map(str, what)))


def poll(what, ask, enough=1):
    """Asks again and again until there is an answer: true, or a list of so many."""
    end = time.monotonic() + LIMIT_SEC
    while True:
        answer = ask()
        if len(answer) >= enough if isinstance(answer, list) else answer:
            return answer
        check(time.monotonic() < end, "waited in vain for", what)
        check(all(child.poll() is None for child in children), "a child ended early")
        time.sleep(0.1)


def start(command, log, environment, stdin=subprocess.DEVNULL):
    with open(log, "wb") as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=stdin,
                                 env=environment)
    children.append(child)
    return child


def found_in(log, pattern):
    return poll(f"{pattern} in {log.name}",
                lambda: re.search(pattern, log.read_text(errors="replace"), re.M))


def fetch(url):
    with urllib.request.urlopen(url, timeout=LIMIT_SEC) as answer:
        return answer.read().decode()


class Prometheus:
    def __init__(self, base):
        self.base = base

    def api(self, path, **parameters):
        url = f"{self.base}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            return json.loads(fetch(url))["data"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"FAILED: {parameters}: {error.read().decode()}") from error

    def query(self, expression):
        data = self.api("query", query=expression)
        check(data["resultType"] == "vector", expression, "gives a", data["resultType"])
        return [(row["metric"], row["value"][1]) for row in data["result"]]


def configuration(targets, rule_files):
    jobs = "".join(f"  - job_name: {job}\n    metrics_path: {path}\n"
                   f"    static_configs: [{{targets: ['{address}']}}]\n"
                   for job, address, path in targets)
    return ("global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n"
            f"rule_files: {rule_files}\nscrape_configs:\n{jobs}")


def start_serve(tslab, log, environment, *options):
    """The address that it listens on."""
    start([tslab, "serve", "--listen", "127.0.0.1:0", *options], log, environment)
    return found_in(log, "^serving http://(.*)/ and /metrics$")[1]


def start_prometheus(work, environment, targets, rule_files="[]"):
    (work / "prometheus.yml").write_text(configuration(targets, rule_files))
    start(["prometheus", f"--config.file={work}/prometheus.yml", f"--storage.tsdb.path={work}/data",
           "--web.listen-address=127.0.0.1:0"], work / "prometheus", environment)
    address = found_in(work / "prometheus", 'msg="Listening on" address=(.*)$')[1]
    found_in(work / "prometheus", "Server is ready")
    return Prometheus(f"http://{address}")


def run_in_a_folder(run):
    """Whatever it started has ended afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            run(pathlib.Path(folder))
        finally:
            for child in children:
                child.kill()
                child.wait()
