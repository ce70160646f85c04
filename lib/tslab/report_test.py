#!/usr/bin/python3
"""report_test.py <tslab> <page_program> <folder for screenshots>

`tslab report` in a real Chromium: what it draws is what `tslab record` wrote, of a process that leaked
and was killed. (Debian's own python3, for which Debian packages Selenium.)
"""

import datetime
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import browser_support as support
from browser_support import Program, in_bytes, shown, wait_until

TSLAB, PROGRAM, SCREENSHOTS = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
HOSTILE = ["</script><script>pwned=1", "<img src=x onerror=pwned=1>", "<!--", "\u202eesrever"]


def moment(milliseconds):
    return datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.UTC).strftime("%H:%M:%S")


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.browser = support.open_browser(cls.folder / "profile")
        cls.addClassCleanup(cls.browser.quit)
        support.use_runtime_folder(cls.folder)
        cls.record()

    @classmethod
    def record(cls):
        program = Program(PROGRAM, "main")
        cls.addClassCleanup(program.close)
        cls.recording = cls.folder / "recording.jsonl"
        with subprocess.Popen([TSLAB, "record", "--interval", "0.1", "-o", str(cls.recording)],
                              stderr=subprocess.PIPE, text=True) as recorder:
            def recorded(what):
                wait_until(f"{what} is recorded", lambda: cls.recording.exists() and
                           what in cls.recording.read_text())
            for number, label in enumerate(["warmup", "background-worker-3", *HOSTILE, "results"]):
                program.advance(label)
                program.say("allocate", 300 * (number + 1), 200)
                if label == "background-worker-3":
                    program.say("hold", 2)
                    recorded('"refs":2')
                if label == "warmup":
                    recorded('"label":"warmup"')
                    program.say("free")
            recorded('"label":"results"')
            # A leak is older than a second; the clock of the process tells.
            wait_until("two seconds have passed", lambda: any(
                row["label"] == "background-worker-3" and row["age_sec"] >= 2
                for row in json.loads(cls.recording.read_text().splitlines()[-2])["epochs"]))
            program.say("crash")
            assert recorder.wait(support.LIMIT_SEC) == 0
            assert f"process {program.pid} ended after" in recorder.stderr.read()
        cls.snapshots = [json.loads(line) for line in cls.recording.read_text().splitlines()]
        cls.report = cls.folder / "report.html"
        subprocess.run([TSLAB, "report", str(cls.recording), "-o", str(cls.report), "--age", "1"], check=True)

    def look(self, report=None):
        support.resize(self.browser, 1280, 900)
        self.browser.get(f"file://{report or self.report}")
        wait_until("it is drawn", lambda: self.browser.find_elements(By.CSS_SELECTOR, ".bar-of-epoch"))

    def text(self, selector):
        return self.browser.execute_script(
            "return document.querySelector(arguments[0])?.textContent ?? ''", selector)

    def rows(self):
        return self.browser.execute_script(
            "return Array.from(document.querySelectorAll('#incarnations tbody tr'), (row) => "
            "Object.fromEntries(Array.from(row.querySelectorAll('[data-field]'), (cell) => "
            "[cell.dataset.field, cell.textContent])))")

    def test_it_says_what_the_recording_says(self):
        self.look()
        wanted = {}
        for snapshot in self.snapshots:
            for row in snapshot["epochs"]:
                if row["epoch_era"] == row["age_sec"] == row["refcount"] == row["estimated_rss_bytes"] == 0 \
                        and row["epoch_id"] != snapshot["current_epoch"]:
                    continue
                one = wanted.setdefault((row["epoch_id"], row["epoch_era"]), {"bytes": 0, "refs": 0, "label": ""})
                one["bytes"] = max(one["bytes"], row["estimated_rss_bytes"])
                one["refs"] = max(one["refs"], row["refcount"])
                one["label"] = row["label"] or one["label"]
        found = {(int(row["epoch_id"]), int(row["epoch_era"])): row for row in self.rows()}
        self.assertEqual(set(found), set(wanted))
        for key, one in wanted.items():
            self.assertEqual((found[key]["most_bytes"], found[key]["most_refs"], found[key]["label"]),
                             (in_bytes(one["bytes"]), f"{one['refs']:,}", shown(one["label"])), key)
        self.assertEqual(len(self.browser.find_elements(By.CSS_SELECTOR, ".bar-of-epoch")), len(wanted))
        self.assertIn(f"{len(self.snapshots)} snapshots", self.text("#figures"))

        # The leak: chosen at first, with its holder, and a finding from when it was old enough.
        self.assertIn("background-worker-3", self.text("#epoch-title"))
        self.assertRegex(self.text("#epoch .holders tbody"), r"page_program\d+2.*hold page_program\.cc:\d+")
        first = next(snapshot["timestamp_ns"] // 1_000_000 for snapshot in self.snapshots
                     if any(row["refcount"] > 0 and row["age_sec"] > 1 for row in snapshot["epochs"]))
        card = self.text(".finding[data-kind=REF_LEAK]")
        self.assertIn(f"{moment(first)} to the end", card)
        self.assertIn("references 2", card)
        self.assertIn("hold page_program.cc:", card)
        # When it closed, and when what was freed had drained.
        closing = next(snapshot["timestamp_ns"] // 1_000_000 for snapshot in self.snapshots
                       if any(row["label"] == "background-worker-3" and row["state"] == "CLOSING"
                              for row in snapshot["epochs"]))
        self.assertEqual(self.text("#epoch [data-field=closing]"), moment(closing))

    def test_it_is_one_file_and_texts_are_never_markup(self):
        self.look()
        self.assertEqual({shown(label) for label in HOSTILE} - {row["label"] for row in self.rows()}, set())
        self.assertIsNone(self.browser.execute_script("return window.pwned ?? null"))
        self.assertEqual(self.browser.execute_script(
            "return performance.getEntriesByType('resource').map((one) => one.name)"), [])
        self.assertEqual(self.browser.execute_script(
            "return document.querySelectorAll('img, link, iframe, script[src]').length"), 0)
        self.assertEqual(self.browser.get_log("browser"), [])

    def test_a_recording_that_was_cut_off_still_counts(self):
        text = self.recording.read_text()
        cut = self.folder / "cut.jsonl"
        cut.write_text(text[:-1000])
        report = self.folder / "cut.html"
        subprocess.run([TSLAB, "report", str(cut), "-o", str(report)], check=True)
        self.look(report)
        self.assertIn(f"line {len(self.snapshots)}: ", self.text("#left-out"))
        self.assertIn(f"{len(self.snapshots) - 1} snapshots", self.text("#figures"))
        for content, why in (("", "no snapshot in"), ("{}", "line 1: ")):
            cut.write_text(content)
            run = subprocess.run([TSLAB, "report", str(cut)], capture_output=True, text=True, check=False)
            self.assertEqual((run.returncode, run.stdout), (2, ""))
            self.assertIn(why, run.stderr)

    def test_it_fits_every_width_and_works_by_keyboard(self):
        self.look()
        bar = self.browser.find_element(By.CSS_SELECTOR, ".bar-of-epoch[tabindex='0']")
        self.browser.execute_script("arguments[0].focus()", bar)
        self.browser.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
        chosen = self.browser.switch_to.active_element.get_attribute("aria-label")
        self.browser.switch_to.active_element.send_keys(Keys.ENTER)
        self.assertTrue(chosen.startswith(self.text("#epoch-title").split(" ·")[0]), chosen)
        for node in self.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]:
            role = node.get("role", {}).get("value")
            if not node.get("ignored") and role in ("button", "image", "img", "searchbox", "table", "region", "group"):
                self.assertTrue(node.get("name", {}).get("value"), f"a {role} without a name: {node}")
        for scheme in ("light", "dark"):
            support.set_scheme(self.browser, scheme)
            for width in (400, 1280, 2000):
                support.resize(self.browser, width, 900)
                self.browser.execute_async_script(
                    "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
                self.assertLessEqual(*self.browser.execute_script(
                    "const { scrollWidth, clientWidth } = document.documentElement; "
                    "return [scrollWidth, clientWidth]"), f"{scheme} {width}")
                support.take_picture(self.browser, SCREENSHOTS / f"report-{scheme}-{width}.png")


unittest.main(argv=sys.argv[:1])
