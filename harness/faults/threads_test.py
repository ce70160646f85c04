#!/usr/bin/env python3
"""threads_test.py <tslab> <temporal-slab-demo> <refused_thread>

The system refuses a thread to a program that needs it: one line says so, nothing is left behind.
"""

import http.client
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

tslab, demo, preload = sys.argv[1:]
LIMIT_SEC = 60
REASON = "cannot start a thread: Resource temporarily unavailable"


def check(holds, *what):
    if not holds:
        raise SystemExit("FAILED: " + " ".join(map(str, what)))


def refusing(which):
    # AddressSanitizer wants to come first otherwise, which only changes who reports a crash.
    options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    return {**os.environ, "LD_PRELOAD": preload, "REFUSED_THREAD": which, "ASAN_OPTIONS": options}


def demo_with(which, *arguments):
    done = subprocess.run([demo, *arguments, __file__], env=refusing(which), capture_output=True,
                          text=True, timeout=LIMIT_SEC, check=False)
    check(not list(pathlib.Path(runtime).rglob("*.seg")), "a segment is left after", which)
    return done


def check_demo():
    threads = 4
    for options in ((), ("--leak",)):
        for k in range(1, threads + 1):
            done = demo_with(str(k), "--threads", str(threads), *options)
            found = (done.returncode, done.stdout, done.stderr)
            check(found == (1, "", f"temporal-slab-demo: {REASON}\n"), options, k, found)
        done = demo_with(str(threads + 1), "--threads", str(threads), *options)
        check((done.returncode, done.stderr) == (0, ""), "none refused", done)


def is_answered(host, port):
    """Or else hung up on."""
    connection = http.client.HTTPConnection(host, int(port), timeout=LIMIT_SEC)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read() == b"ok\n"
    except (http.client.RemoteDisconnected, ConnectionError):
        return False
    finally:
        connection.close()


def check_serve(which, answered, sampled=True):
    """Asks as often as there are entries in `answered`, which say what must come of it."""
    child = subprocess.Popen([tslab, "serve", "--listen", "127.0.0.1:0"], env=refusing(which),
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = child.stdout.readline()
        match = re.fullmatch(r"serving http://(.+):(\d+)/ and /metrics\n", line)
        check(match, "the line", repr(line))
        found = [is_answered(*match.groups()) for _ in answered]
        check(found == answered, which, found)
        child.send_signal(signal.SIGTERM)
        out, err = child.communicate(timeout=LIMIT_SEC)
    finally:
        child.kill()
    # Said once, however often it happens.
    said = "" if sampled else f"tslab: serve: {REASON}; the page looks back only on what it saw itself\n"
    said += f"tslab: serve: {REASON}; hung up on a client\n" if False in answered else ""
    check((child.returncode, out, err) == (0, "", said), which, child.returncode, out, err)


with tempfile.TemporaryDirectory() as runtime:
    os.environ["TEMPORAL_SLAB_RUNTIME_DIR"] = runtime
    check_demo()
    # The first thread reads for the page.
    check_serve("1", [True, True], sampled=False)
    check_serve("2", [False, True, True])
    check_serve("4", [True, True, False, True])
    check_serve("3+", [True, False, False, False])
    check_serve("9", [True, True])
