#!/usr/bin/env python3
"""serve_test.py <tslab> <temporal-slab-demo>

`tslab serve` as a program: what it prints, where it listens, and how it ends.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request

tslab, demo = sys.argv[1:]
LIMIT_SEC = 60


def check(holds, *what):
    if not holds:
        raise SystemExit("FAILED: " + " ".join(map(str, what)))


class Serve:
    def __init__(self, *arguments):
        self.child = subprocess.Popen([tslab, "serve", *arguments], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def address(self):
        line = self.child.stdout.readline()
        match = re.fullmatch(r"serving http://(.+:\d+)/ and /metrics\n", line)
        check(match, "the line", repr(line), self.child.stderr.read() if not line else "")
        return match[1]

    def end(self, number=None):
        """Exit code and what else was printed."""
        if number is not None:
            self.child.send_signal(number)
        try:
            out, err = self.child.communicate(timeout=LIMIT_SEC)
        finally:
            self.child.kill()
        return self.child.returncode, out, err


def get(address, path):
    with urllib.request.urlopen(f"http://{address}{path}", timeout=LIMIT_SEC) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def check_paths():
    serve = Serve("--listen", "127.0.0.1:0", "--prefix", "my")
    address = serve.address()
    check(address.startswith("127.0.0.1:"), address)
    check(get(address, "/healthz") == ("text/plain; charset=utf-8", "ok\n"), "/healthz")
    kind, text = get(address, "/metrics")
    check(kind == "text/plain; version=0.0.4; charset=utf-8", kind)
    check('my_segments{condition="alive"} 0\n' in text, text)
    check(get(address, "/snapshot.json") == ("application/json", ""), "/snapshot.json of none")

    # An allocator that comes later is found.
    child = subprocess.Popen([demo, "--serve-seconds", "3600"], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True)
    try:
        while not child.stdout.readline().startswith("ready"):
            check(child.poll() is None, "the demo ended")
        check('my_segments{condition="alive"} 1\n' in get(address, "/metrics")[1], "not found")
        snapshot = json.loads(get(address, "/snapshot.json")[1])
        check(snapshot["pid"] == child.pid and snapshot["allocator"] == "demo", snapshot["pid"])
    finally:
        child.terminate()
        child.wait()
    check('my_segments{condition="alive"} 0\n' in get(address, "/metrics")[1], "still there")
    check(serve.end(signal.SIGTERM) == (0, "", ""), "the end by SIGTERM")


def check_ends_with_a_client():
    serve = Serve("--listen=127.0.0.1:0")
    host, port = serve.address().split(":")
    with socket.create_connection((host, int(port)), timeout=LIMIT_SEC) as client:
        client.sendall(b"GET /metr")
        check(serve.end(signal.SIGINT) == (0, "", ""), "the end by SIGINT")


def check_address_in_use():
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        found = Serve("--listen", address).end()
        check(found == (2, "", f"tslab: serve: cannot listen on {address}: Address already in use\n"),
              found)


def check_every_interface():
    serve = Serve("--listen", "0.0.0.0:0")
    address = serve.address()
    code, _, err = serve.end(signal.SIGTERM)
    check(code == 0, code)
    check(err.count("\n") == 1 and address in err and "no loopback address" in err, err)


def check_closed_output():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([tslab, "serve", "--listen", "127.0.0.1:0"], stdout=writer,
                          stderr=subprocess.PIPE, timeout=LIMIT_SEC, check=False)
    os.close(writer)
    check((done.returncode, done.stderr) == (0, b""), done)


with tempfile.TemporaryDirectory() as runtime:
    os.environ["TEMPORAL_SLAB_RUNTIME_DIR"] = runtime
    check_paths()
    check_ends_with_a_client()
    check_address_in_use()
    check_every_interface()
    check_closed_output()
