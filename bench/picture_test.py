#!/usr/bin/python3
"""picture_test.py FOLDER_FOR_PICTURES: the page of a run in a real browser, and what two runs say of each other."""

import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib" / "tslab"))
import browser_support as support  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402

PICTURES = pathlib.Path(sys.argv.pop(1))


def row(what, middle, chance, budget=None, peer="mimalloc", spread=0.02, count=21):
    ratios = [middle * chance.gauss(1, spread) for _ in range(count)]
    ordered = sorted(ratios)
    made = {"what": what, "peer": peer, "ratio": ordered[count // 2], "ours": middle * 10, "peers": 10.0, "unit": "ns",
            "ratio_low": ordered[count // 4], "ratio_high": ordered[3 * count // 4], "ratios": ratios}
    if budget is not None:
        made["budget"] = budget
    return made


def run(seed, factor=1.0, spread=0.02):
    chance = random.Random(seed)
    rows = [row("alloc + free, batch of 64", 0.8, chance, 1.2, spread=spread),
            row("a request <b>&", 1.9 * factor, chance, 1.0, spread=spread),
            row("far out", 40.0, chance, spread=spread), row("advance", 20.0, chance, 60, "alloc + free", spread=spread)]
    rows.append({"what": "geometric mean", "peer": "mimalloc", "ratio": 0.9, "budget": 1.0})
    below = row("era beyond an empty call", 3.0, chance, 10, "add step", spread=spread)
    below.update(ratio=-0.2, difference=True)
    rows.append(below)
    return {"build": "Release", "moment": "2026-01-31T23:59:59Z", "repetitions": 21, "repetition_ms": 20, "rows": rows}


class Picture(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.work.name)
        cls.run_file, cls.page = folder / "run.json", folder / "bench.html"
        cls.run_file.write_text(json.dumps(run(1)))
        subprocess.run([HERE / "picture.py", cls.run_file, cls.page], check=True)
        cls.browser = support.open_browser(folder / "profile")

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()
        cls.work.cleanup()

    def rows(self):
        return self.browser.find_elements(By.CSS_SELECTOR, ".row:not(.scale)")

    def test_it_says_what_was_measured(self):
        self.browser.get(f"file://{self.page}")
        wanted = {one["what"]: one for one in run(1)["rows"]}
        self.assertEqual(len(self.rows()), len(wanted))
        for element in self.rows():
            one = wanted[element.find_element(By.CLASS_NAME, "what").text]
            figure = element.find_element(By.CLASS_NAME, "figure").text
            self.assertTrue(figure.startswith(f"{one['ratio']:.2f}x"), figure)
            if "budget" in one:
                self.assertIn("not met" if one["ratio"] > one["budget"] else "met, at most", figure)
            else:
                self.assertNotIn("met", figure)
            label = element.find_element(By.CLASS_NAME, "axis").get_attribute("aria-label")
            self.assertTrue(label.startswith(f"{one['what']}: {one['ratio']:.2f} times"), label)
        self.assertIn("4 of 5 budgets are met", self.browser.find_element(By.ID, "run").text)
        self.assertEqual(self.browser.find_elements(By.TAG_NAME, "b"), [])

    def test_marks_stand_where_their_ratios_are(self):
        self.browser.get(f"file://{self.page}")
        places = {}
        for element in self.rows():
            what = element.find_element(By.CLASS_NAME, "what").text
            axis = element.find_element(By.CLASS_NAME, "axis").rect
            for mark in element.find_elements(By.CSS_SELECTOR, ".middle, .budget"):
                name = mark.get_attribute("class")
                places[what, name] = (mark.rect["x"] - axis["x"]) / axis["width"]
        # 1 lies at three of seven octaves.
        self.assertAlmostEqual(places["a request <b>&", "budget"], 3 / 7, delta=0.01)
        self.assertLess(places["alloc + free, batch of 64", "middle"], places["alloc + free, batch of 64", "budget"])
        self.assertGreater(places["a request <b>&", "middle"], places["a request <b>&", "budget"])
        self.assertAlmostEqual(places["far out", "middle"], 1, delta=0.02)
        self.assertNotIn(("era beyond an empty call", "middle"), places)

    def test_it_fits_any_width_in_light_and_dark(self):
        for scheme in ("light", "dark"):
            support.set_scheme(self.browser, scheme)
            for width in (400, 1280, 2000):
                support.resize(self.browser, width, 900)
                self.browser.get(f"file://{self.page}")
                self.assertLessEqual(self.browser.execute_script("return document.documentElement.scrollWidth"),
                                     width, (scheme, width))
                support.take_picture(self.browser, PICTURES / f"bench-{scheme}-{width}.png")
        self.assertEqual(self.browser.get_log("browser"), [])


class Compare(unittest.TestCase):
    def compare(self, old, new):
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for number, one in enumerate((old, new)):
                files.append(pathlib.Path(folder) / f"{number}.json")
                files[-1].write_text(json.dumps(one))
            done = subprocess.run([HERE / "compare_runs.py", *files], capture_output=True, text=True, check=False)
            return done.returncode, done.stdout

    def test_the_same_thing_twice_is_no_finding(self):
        for seed in range(10):
            code, text = self.compare(run(seed), run(100 + seed))
            self.assertEqual(code, 0, text)

    def test_a_tenth_more_is_one_and_names_the_row(self):
        code, text = self.compare(run(1), run(2, factor=1.1))
        self.assertEqual(code, 1, text)
        self.assertEqual([line.split(" / ")[0] for line in text.splitlines() if line.endswith("slower") and " / " in line],
                         ["a request <b>&"])
        code, text = self.compare(run(1, factor=1.1), run(2))
        self.assertEqual(code, 0, text)
        self.assertIn("faster", text)

    def test_where_the_machine_was_busy_a_tenth_may_be_chance(self):
        code, text = self.compare(run(1, spread=0.4), run(2, factor=1.1, spread=0.4))
        self.assertEqual(code, 0, text)

    def test_rows_that_come_or_go_are_named(self):
        old, new = run(1), run(2)
        old["rows"].pop(0)
        new["rows"].pop(2)
        code, text = self.compare(old, new)
        self.assertEqual(code, 0)
        self.assertIn("alloc + free, batch of 64 / mimalloc: new", text)
        self.assertIn("far out / mimalloc: gone", text)


if __name__ == "__main__":
    unittest.main()
