#!/usr/bin/env python3
"""server_test.py SERVER CLIENT TSLAB [SANITIZERS]: a real server under real clients. Each answer is right and under its own
label, no reference is lost, memory stays flat, doctor is silent; and it names the line of a leak that was asked for."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SERVER, CLIENT, TSLAB = sys.argv[1:4]
SANITIZED = "".join(sys.argv[4:]) != ""
del sys.argv[1:]
# Under a sanitizer it is a tenth as fast.
REQUESTS = 2_000 if SANITIZED else 20_000
CONNECTIONS = 32
LIMIT_SEC = 200


class Server(unittest.TestCase):
    def setUp(self):
        self.work = tempfile.TemporaryDirectory()
        # Debian's cpp-httplib is built without ThreadSanitizer, which does not see what orders it inside.
        self.environment = dict(
            os.environ, TEMPORAL_SLAB_RUNTIME_DIR=self.work.name,
            TSAN_OPTIONS=os.environ.get("TSAN_OPTIONS", "") + ":ignore_noninstrumented_modules=1")

    def tearDown(self):
        self.work.cleanup()

    @contextlib.contextmanager
    def server(self, *arguments):
        with open(pathlib.Path(self.work.name) / "errors", "w+", encoding="utf-8") as errors:
            process = subprocess.Popen([SERVER, *arguments], env=self.environment, stdout=subprocess.PIPE,
                                       stderr=errors, text=True)
            try:
                ready = re.fullmatch(r"ready: pid (\d+), http://127\.0\.0\.1:(\d+)/words\n", process.stdout.readline())
                self.assertIsNotNone(ready, process.poll())
                yield ready[2]
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(timeout=LIMIT_SEC), 0)
                errors.seek(0)
                self.assertEqual(errors.read(), "")
            finally:
                process.kill()
                process.wait()
                process.stdout.close()

    def ask(self, port, requests):
        done = subprocess.run([CLIENT, port, str(requests), str(CONNECTIONS)], env=self.environment,
                              capture_output=True, text=True, timeout=LIMIT_SEC, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, f"{requests} answers are right\n"))

    def tslab(self, *arguments, code=0):
        done = subprocess.run([TSLAB, *arguments], env=self.environment, capture_output=True, text=True,
                              timeout=LIMIT_SEC, check=False)
        self.assertEqual(done.returncode, code, (arguments, done.stdout, done.stderr))
        return done.stdout

    def test_each_answer_is_right_and_nothing_is_left(self):
        with self.server() as port:
            seen = []
            for _ in range(3):
                self.ask(port, REQUESTS // 3)
                seen.append(json.loads(self.tslab("stats", "--json")))
            last = seen[-1]
            self.assertEqual((last["abandoned_refs"], last["advances_held"], last["stale_releases"],
                              last["refcount_underflows"], last["invalid_frees"], last["stale_frees"]),
                             (0, 0, 0, 0, 0, 0))
            self.assertEqual(sum(row["refcount"] for row in last["epochs"]), 0)
            self.assertEqual(sum(row["live_objects"] for row in last["classes"]), 0)
            self.assertGreater(last["epochs_closed"], REQUESTS * 9 // 10)
            # Flat: what it had after the first third it has at the end, but for a twentieth.
            if not SANITIZED:
                self.assertLessEqual(last["rss_bytes_current"], seen[0]["rss_bytes_current"] * 1.05 + (1 << 20))
            time.sleep(1.1)
            self.assertEqual(self.tslab("doctor", "--age", "1", code=0).count("REF_LEAK"), 0)

    def test_a_bad_request_is_refused_and_leaves_nothing(self):
        with self.server() as port:
            for body in ("", "[]", "{", '{"id":1,"texts":[]}', '{"id":"a"}', "\xff" * 100, '{"id":"' + "x" * 100000):
                connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
                connection.request("POST", "/words", body.encode("utf-8"))
                self.assertEqual(connection.getresponse().status, 400, body[:20])
                connection.close()
            figures = json.loads(self.tslab("stats", "--json"))
            self.assertEqual(sum(row["live_objects"] for row in figures["classes"]), 0)

    def test_doctor_names_the_line_that_forgets(self):
        source = (pathlib.Path(__file__).parent / "service.cc").read_text(encoding="utf-8").splitlines()
        line = 1 + next(i for i, text in enumerate(source) if "slab_epoch_ref_dup(" in text)
        with self.server("--leak-every", "100") as port:
            self.ask(port, 300)
            self.ask(port, 1)  # the last one that forgot is no longer current
            time.sleep(2.1)
            said = self.tslab("doctor", "--age", "1", code=1)
            self.assertEqual(said.count("REF_LEAK"), 3, said)
            self.assertIn(f"forget_a_part service.cc:{line}", said)
            self.assertRegex(said, r'REF_LEAK epoch=\d+ era=\d+ label="request:\d+-\d+" refcount=1 ')

    def test_wrong_options_are_named(self):
        for arguments in (["--port", "70000"], ["--epochs", "1"], ["--no-such"], ["--threads", "many"]):
            done = subprocess.run([SERVER, *arguments], capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(arguments[0], done.stderr)


unittest.main()
