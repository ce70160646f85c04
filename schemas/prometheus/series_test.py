#!/usr/bin/env python3
"""series_test.py <tslab> <ring program>

A ring that turns makes no series: how many a real Prometheus holds in its head, before a process that it
scrapes has turned its ring 1,000 times and afterwards. By epoch, which is for whoever wants them, it
makes many: so this would be noticed.
"""

import os
import re
import subprocess
import sys

from real_prometheus import check, fetch, poll, run_in_a_folder, start, start_prometheus, start_serve

TURNS = 1000
SCRAPED_BETWEEN = 5
tslab, ring_program = sys.argv[1:]


def head_series(prometheus):
    return int(re.search(r"^prometheus_tsdb_head_series (\d+)$", fetch(prometheus.base + "/metrics"),
                         re.M)[1])


def eras(prometheus, job):
    """As scraped last: how often the ring had turned by then."""
    return prometheus.query(f'temporal_slab_epochs_closed_total{{job="{job}"}}')


def turn(program, log, prometheus, job, turns_before):
    """Turns the ring, while Prometheus scrapes it now and then."""
    part = TURNS // SCRAPED_BETWEEN
    for n in range(1, SCRAPED_BETWEEN + 1):
        program.stdin.write(f"{part}\n".encode())
        program.stdin.flush()
        wanted = str(turns_before + n * part)
        poll(f"{wanted} turns in {job}", lambda wanted=wanted: [
            value for _, value in eras(prometheus, job) if value == wanted])


def grown(work, form, *options):
    """Head series before and after the turns, by a Prometheus of its own."""
    folder = work / form
    folder.mkdir()
    environment = dict(os.environ, TEMPORAL_SLAB_RUNTIME_DIR=str(folder))
    program = start([ring_program], folder / "ring", environment, subprocess.PIPE)
    address = start_serve(tslab, folder / "serve", environment, *options)
    prometheus = start_prometheus(folder, environment, [(form, address, "/metrics")])
    # What a first scrape makes, and what Prometheus says of its scrapes, stands by the second one.
    poll("scrapes", lambda: prometheus.query(f'count_over_time(up{{job="{form}"}}[1m]) > 2'))
    poll("the program", lambda: eras(prometheus, form))
    before = head_series(prometheus)
    turn(program, folder / "ring", prometheus, form, 0)
    after = head_series(prometheus)
    print(f"{form}: {before} head series before {TURNS} turns, {after} after")
    return before, after


def run(work):
    before, after = grown(work, "default")
    check(before > 800, "only", before, "series")
    check(before == after, "a ring that turns made series:", before, "became", after)
    before, after = grown(work, "epoch", "--series", "epoch")
    check(after > before + 1000, "by epoch there are none either:", before, "became", after)


run_in_a_folder(run)
