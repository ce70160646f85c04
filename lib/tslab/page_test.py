#!/usr/bin/python3
"""page_test.py <tslab> <page_program> <folder for screenshots>

The page of `tslab serve` in a real Chromium: what it says is what the snapshot says, soon enough, and
to everybody. (Debian's own python3, for which Debian packages Selenium.)
"""

import json
import pathlib
import sys
import tempfile
import time
import unittest
import urllib.request

from selenium.common.exceptions import JavascriptException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import browser_support as support
from browser_support import Program, Serve, in_bytes, shown, wait_until

TSLAB, PROGRAM, SCREENSHOTS = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
SOON_SEC = 2

# None may become markup, close a script or an attribute, or reach beyond its own place.
HOSTILE = ["<img src=x onerror=pwned=1>", "</script><script>pwned=1", "\"'><b onclick=pwned=1>",
           "javascript:pwned=1", "${pwned=1}{{pwned=1}}", "\u202eesrever\u2066", "\x1b[31mred\x07\r\n",
           "<!--", "&lt;b&gt;", "日本語のラベル", "__proto__"]

# What is between black and white of two colours, as WCAG 2 has it.
CONTRAST = """
const parse = (text) => text.match(/[\\d.]+/g).map(Number);
const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
  .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const ground = (node) => {
  for (; node; node = node.parentElement) {
    const colour = parse(getComputedStyle(node).backgroundColor);
    if (colour.length < 4 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
return Array.from(document.querySelectorAll(arguments[0])).filter((node) => node.checkVisibility()
    && node.textContent.trim() !== '').map((node) => {
  const [a, b] = [luminance(parse(getComputedStyle(node).color)), luminance(ground(node))];
  return [node.textContent.trim(), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
});
"""


def fetch(url):
    with urllib.request.urlopen(url, timeout=support.LIMIT_SEC) as answer:
        return answer.read().decode()


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.browser = support.open_browser(cls.folder.name + "/profile")
        cls.addClassCleanup(cls.browser.quit)

    def setUp(self):
        runtime = tempfile.TemporaryDirectory()
        self.addCleanup(runtime.cleanup)
        support.use_runtime_folder(runtime.name)
        support.resize(self.browser, 1280, 900)
        support.set_scheme(self.browser, "light")

    def start(self, name="main"):
        program = Program(PROGRAM, name)
        self.addCleanup(program.close)
        return program

    def serve(self, *arguments):
        serve = Serve(TSLAB, *arguments)
        self.addCleanup(serve.close)
        # The stream of a page that is left open would go on into the next test.
        self.addCleanup(self.browser.get, "about:blank")
        return serve

    def look(self, serve, program=None, epoch=None):
        place = "" if program is None else f"#{program.key}" + ("" if epoch is None else f"/{epoch}")
        self.browser.get("about:blank")
        self.browser.get(f"{serve.base}/{place}")
        if program is not None:
            wait_until("the process is shown", lambda: f"pid {program.pid}" in self.text("#identity"))

    def text(self, selector):
        return self.browser.execute_script(
            "return document.querySelector(arguments[0])?.textContent ?? ''", selector)

    def fields(self, selector):
        """Of each node: {field: text}."""
        return self.browser.execute_script(
            "return Array.from(document.querySelectorAll(arguments[0]), (row) => Object.fromEntries("
            "Array.from(row.querySelectorAll('[data-field]'), (cell) => "
            "[cell.dataset.field, cell.textContent])))", selector)

    def epoch(self, epoch_id):
        rows = [row for row in self.fields("#epochs tbody tr")
                if row["epoch_id"].split()[0] == str(epoch_id)]
        return rows[0] if rows else None

    def test_what_the_page_says_is_what_the_snapshot_says(self):
        program = self.start()
        for number, label in enumerate(["warmup", "", "request:abc123"]):
            program.advance(label)
            program.say("allocate", 100 * (number + 1), 100 * (number + 1))
        program.say("hold", 3)
        program.advance("results")
        program.say("work", 20)
        serve = self.serve()
        self.look(serve, program)
        self.browser.find_element(By.ID, "all-epochs").click()
        snapshot = support.snapshots(serve.base, fetch)[0]
        wait_until("all epochs are there",
                   lambda: len(self.fields("#epochs tbody tr")) == snapshot["epoch_count"])
        def ages():
            return {row["epoch_id"].split()[0]: row["age_sec"] for row in self.fields("#epochs tbody tr")}
        for row in snapshot["epochs"]:
            found = self.epoch(row["epoch_id"])
            current = row["epoch_id"] == snapshot["current_epoch"]
            self.assertEqual(found["epoch_id"], f"{row['epoch_id']}{' ◂' if current else ''}")
            self.assertEqual(found["epoch_era"], f"{row['epoch_era']:,}")
            self.assertEqual(found["state"], row["state"])
            self.assertEqual(found["refcount"], f"{row['refcount']:,}")
            self.assertEqual(found["estimated_rss_bytes"], in_bytes(row["estimated_rss_bytes"]))
            self.assertEqual(found["live_objects"], f"{row['live_objects']:,}")
            self.assertEqual(found["label"], row["label"])
        self.assertEqual(set(ages()), {str(row["epoch_id"]) for row in snapshot["epochs"]})
        live = sum(row["live_bytes"] for row in snapshot["classes"])
        figures = self.fields("#figures")[0]
        self.assertEqual(figures["live_bytes"], in_bytes(live))
        self.assertEqual(figures["slab_bytes"], in_bytes(snapshot["estimated_slab_rss_bytes"]))
        self.assertEqual(figures["references"], "3")
        row = self.fields("#processes tbody tr")[0]
        self.assertEqual((row["process"], row["pid"], row["state"]),
                         ("page_program / main", str(program.pid), "alive"))
        self.assertEqual(row["live_bytes"], in_bytes(live))

        # A click on a place of the ring opens its holders.
        held = next(row for row in snapshot["epochs"] if row["refcount"] == 3)
        self.browser.find_element(By.CSS_SELECTOR, f"[data-epoch='{held['epoch_id']}']").click()
        holder = held["holders"][0]
        found = self.fields("#epoch .holders tbody tr")
        self.assertEqual(len(found), 1)
        self.assertEqual((found[0]["thread"], found[0]["tid"], found[0]["refs"]),
                         (holder["thread"], str(holder["tid"]), "3"))
        self.assertRegex(found[0]["site"], r"^hold page_program\.cc:\d+$")
        self.assertIn(f"Epoch {held['epoch_id']} · era {held['epoch_era']}", self.text("#epoch-title"))
        self.assertIn("#" + program.key + f"/{held['epoch_id']}", self.browser.current_url)

        # One event a second, of all that /events says.
        with urllib.request.urlopen(f"{serve.base}/events?of={program.key}") as events:
            first, empty, second = (events.readline().decode() for _ in range(3))
        self.assertEqual(empty, "\n")
        first, second = (json.loads(line.removeprefix("data: ")) for line in (first, second))
        self.assertIn("history", first["watched"])
        self.assertNotIn("history", second["watched"])
        self.assertGreaterEqual(len(first["watched"]["history"]), 1)
        self.assertEqual(second["watched"]["snapshot"]["total_allocs"], snapshot["total_allocs"])

    def test_a_leak_appears_within_two_seconds(self):
        program = self.start()
        serve = self.serve("--age", "1")
        self.look(serve, program)
        for number in range(3):
            program.advance(f"leak-{number}")
            opened = time.monotonic()
            program.say("hold", number + 1)
            wait_until("its references are there", lambda number=number: any(
                row["label"] == f"leak-{number}" and row["refcount"] == str(number + 1)
                for row in self.fields("#epochs tbody tr")))
            self.assertLess(time.monotonic() - opened, SOON_SEC)
            # It is a finding from an age of 2 s on.
            wait_until("it is a finding", lambda number=number: any(
                row.get("label") == f"label leak-{number}" for row in self.fields(".finding")))
            self.assertLess(time.monotonic() - opened, 2 + SOON_SEC)
            finding = next(row for row in self.fields(".finding")
                           if row["label"] == f"label leak-{number}")
            self.assertEqual(finding["refcount"], f"references {number + 1}")
        self.assertIn("last taken at hold page_program.cc:", self.text(".finding .holder"))

    def test_a_process_that_dies_turns_grey_and_stays_readable(self):
        program, other = self.start(), self.start("other")
        program.advance("its last words")
        program.say("allocate", 1000, 200)
        other.say("allocate", 10, 64)
        serve = self.serve()
        self.look(serve, program)
        wait_until("its bytes are there", lambda: self.epoch(1) is not None)
        before = self.epoch(1)
        program.say("crash")
        crashed = time.monotonic()
        wait_until("it is shown as dead", lambda: "· dead ·" in self.text("#identity"))
        self.assertLess(time.monotonic() - crashed, SOON_SEC)
        for selector in ("#ring-card", "#epochs-card", "#charts"):
            self.assertEqual(self.browser.execute_script(
                "return getComputedStyle(document.querySelector(arguments[0])).filter", selector),
                "grayscale(1)")
        self.assertIn("died", self.text("#gone"))
        after = self.epoch(1)
        for field in ("label", "state", "refcount", "estimated_rss_bytes", "live_objects"):
            self.assertEqual(after[field], before[field], field)
        # A page that is opened later shows it too, and what it did.
        self.look(serve, program)
        self.assertEqual(self.epoch(1)["label"], "its last words")

        # One that ends in good order takes its segment with it; its last figures stay.
        self.look(serve, other)
        other.end()
        wait_until("it is shown as ended", lambda: "· ended ·" in self.text("#identity"))
        self.assertIn("no longer published", self.text("#gone"))
        self.assertEqual(self.fields("#figures")[0]["live_bytes"], "640 B")
        for scheme in ("light", "dark"):
            support.set_scheme(self.browser, scheme)
            for selector in ("#processes tr.gone td", "#one.gone h3", "#one.gone td", "#gone"):
                for text, contrast in self.browser.execute_script(CONTRAST, selector):
                    if text != "0":  # a nought is meant to step back
                        self.assertGreaterEqual(contrast, 4.5, f"{scheme} {selector} {text!r}")

    def test_labels_and_names_are_texts_and_never_markup(self):
        program = self.start("<i onclick=pwned=1>")
        labels = [label.encode()[:31].decode(errors="ignore") for label in HOSTILE]
        for label in labels:
            program.advance(label)
            program.say("allocate", 1, 64)
            program.say("hold", 1)
        serve = self.serve("--age", "0")
        self.look(serve, program)
        wait_until("all leaks are found", lambda: len(self.fields(".finding")) >= len(labels))
        self.assertEqual({row["label"] for row in self.fields("#epochs tbody tr")} - {""},
                         {shown(label) for label in labels})
        self.assertEqual({row["label"].removeprefix("label ") for row in self.fields(".finding")
                          if "label" in row}, {shown(label) for label in labels})
        for number, label in enumerate(labels):
            self.browser.find_element(By.CSS_SELECTOR, f"[data-epoch='{number + 1}']").click()
            self.assertEqual(self.text("#epoch-title [data-field=label]"), shown(label))
        self.assertEqual(self.text("#one-title"), "page_program / <i onclick=pwned=1>")
        strange = self.browser.execute_script(
            "return Array.from(document.querySelectorAll('img, script:not([src]), [onclick], [onerror], "
            "b[onclick], iframe, object'), (node) => node.outerHTML)")
        self.assertEqual(strange, [])
        self.assertIsNone(self.browser.execute_script("return window.pwned ?? null"))
        self.assertEqual(self.browser.get_log("browser"), [])

    def test_the_page_can_do_nothing_but_ask_its_server(self):
        serve = self.serve()
        with urllib.request.urlopen(serve.base + "/") as answer:
            policy = answer.headers["Content-Security-Policy"]
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        self.look(serve)
        wait_until("it is live", lambda: self.text("#link") == "live")
        self.assertEqual(self.browser.get_log("browser"), [])
        for source in self.browser.execute_script(
                "return performance.getEntriesByType('resource').map((one) => one.name)"):
            self.assertTrue(source.startswith(serve.base), source)
        # Markup cannot be made of a text, even by its own scripts, and nothing is fetched elsewhere.
        for code in ("document.body.innerHTML = '<b>x</b>'", "document.write('<b>x</b>')",
                     "document.createElement('script').text = 'pwned=1'"):
            with self.assertRaises(JavascriptException, msg=code):
                self.browser.execute_script(code)
        self.assertEqual(self.browser.execute_async_script(
            "const done = arguments[0]; fetch('http://127.0.0.2:9/').then(() => done('fetched'), () => "
            "done('refused'))"), "refused")
        self.assertIn("Content Security Policy",
                      " ".join(entry["message"] for entry in self.browser.get_log("browser")))

    def test_by_keyboard_and_for_screen_readers(self):
        program = self.start()
        for label in ("one", "two", "three"):
            program.advance(label)
            program.say("allocate", 50, 64)
        program.say("hold", 1)
        serve = self.serve()
        self.look(serve, program, 1)
        wait_until("the ring is drawn", lambda: self.browser.find_elements(By.CSS_SELECTOR, ".epoch-place"))
        # From the top, by Tab alone, to everything that can be done.
        reached = set()
        for _ in range(60):
            self.browser.switch_to.active_element.send_keys(Keys.TAB)
            reached.add(self.browser.execute_script(
                "const at = document.activeElement; return at.dataset.epoch !== undefined ? 'ring' : "
                "at.id || at.closest('table')?.id + ' ' + at.closest('thead, tbody')?.tagName"))
            if len(reached) > 8:
                break
        for wanted in ("pause", "filter", "processes THEAD", "processes TBODY", "ring", "all-epochs",
                       "epochs THEAD", "epochs TBODY"):
            self.assertIn(wanted, reached)
        place = self.browser.find_element(By.CSS_SELECTOR, ".epoch-place[tabindex='0']")
        self.browser.execute_script("arguments[0].focus()", place)
        for _ in range(3):
            self.browser.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
        self.browser.switch_to.active_element.send_keys(Keys.ENTER)
        self.assertIn("Epoch 3 · era 3 three", self.text("#epoch-title"))
        chosen = self.browser.find_element(By.CSS_SELECTOR, ".epoch-place[aria-pressed='true']")
        self.assertRegex(chosen.get_attribute("aria-label"),
                         r"^Epoch 3, current, era 3, three, ACTIVE, 1 reference, [\d.]+ KiB, age \d+s$")
        # Sorting by a header says so.
        header = self.browser.find_element(By.XPATH, "//table[@id='epochs']//button[text()='Bytes']")
        header.send_keys(Keys.ENTER)
        self.assertEqual(header.find_element(By.XPATH, "..").get_attribute("aria-sort"), "descending")

        tree = self.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        named = 0
        for node in tree:
            role = node.get("role", {}).get("value")
            if node.get("ignored") or role not in ("button", "image", "img", "checkbox", "searchbox",
                                                   "table", "region", "group"):
                continue
            named += 1
            self.assertTrue(node.get("name", {}).get("value"), f"a {role} without a name: {node}")
        self.assertGreater(named, 20)

    def test_it_fits_every_width_by_day_and_by_night(self):
        programs = [self.start(name) for name in (
            "main", "cache", "sessions", "jobs", "a-very-long-name-of-an-allocator")]
        programs += [self.start(f"worker-{number}") for number in range(7)]
        for number, label in enumerate(["warmup", "config", "request:abc123", "background-worker-3",
                                        "batch:nightly", "results"]):
            programs[0].advance(label)
            programs[0].say("allocate", 400 * (number + 1), 64 + number * 150)
            if label == "background-worker-3":
                programs[0].say("hold", 2)
        programs[1].say("allocate", 3000, 500)
        programs[2].say("work", 30)
        serve = self.serve("--age", "2")
        programs[3].say("allocate", 900, 300)
        programs[3].say("hold", 1)
        time_of = time.monotonic()
        while time.monotonic() - time_of < 3:  # something to draw
            programs[0].say("work", 5)
            programs[1].say("work", 3)
        self.look(serve, programs[0])
        wait_until("the leak is found", lambda: self.fields(".finding"))
        programs[3].say("crash")
        wait_until("it is known to be dead", lambda: "11 alive of 12" in self.text("#totals"))
        grounds = {}
        for scheme in ("light", "dark"):
            support.set_scheme(self.browser, scheme)
            for width in (400, 1280, 2000):
                support.resize(self.browser, width, 900)
                self.browser.execute_async_script(
                    "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
                self.assertLessEqual(*self.browser.execute_script(
                    "const { scrollWidth, clientWidth } = document.documentElement; "
                    "return [scrollWidth, clientWidth]"), f"{scheme} {width}")
                for canvas in self.browser.find_elements(By.TAG_NAME, "canvas"):
                    self.assertGreater(canvas.size["width"], 200)
                support.take_picture(self.browser, SCREENSHOTS / f"page-{scheme}-{width}.png")
            for selector in ("h1, h2, h3, h4, p, dt, dd, th, td, li, label, summary, .finding span",):
                for text, contrast in self.browser.execute_script(CONTRAST, selector):
                    if text != "0":
                        self.assertGreaterEqual(contrast, 4.5, f"{scheme} {text!r}")
            grounds[scheme] = self.browser.execute_script(
                "return getComputedStyle(document.body).backgroundColor")
        self.assertNotEqual(grounds["light"], grounds["dark"])


unittest.main(argv=sys.argv[:1])
