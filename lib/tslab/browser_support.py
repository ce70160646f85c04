"""What the tests in a real browser share: Debian's Chromium without a window, and programs to look at."""

import json
import os
import pathlib
import re
import subprocess
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

LIMIT_SEC = 60  # of each wait

# No question is asked of any other host, and nothing of the user's own browser is touched.
ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", "--hide-scrollbars")


def open_browser(profile):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    browser.set_script_timeout(LIMIT_SEC)
    return browser


def wait_until(what, ask):
    end = time.monotonic() + LIMIT_SEC
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain until {what}")
        time.sleep(0.05)


def resize(browser, width, height):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})


def set_scheme(browser, scheme):
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": scheme}]})


def take_picture(browser, path):
    """Of all of the page, however long it is."""
    height = browser.execute_script("return document.documentElement.scrollHeight")
    width = browser.execute_script("return document.documentElement.clientWidth")
    resize(browser, width, max(height, 600))
    browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    browser.save_screenshot(str(path))
    assert pathlib.Path(path).stat().st_size > 10_000, f"{path} is empty"


# ---- how the page writes figures, told a second time

def in_bytes(value):
    units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    unit = 0
    value = float(value)
    while value >= 1024 and unit < len(units) - 1:
        value /= 1024
        unit += 1
    digits = 0 if unit == 0 or value >= 100 else 1 if value >= 10 else 2
    rounded = int(value * 10**digits + 0.5) / 10**digits
    return f"{rounded:.{digits}f} {units[unit]}"


def shown(text):
    """As a terminal-safe text: what disturbs is \\xNN of each of its bytes."""
    return re.sub("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]",
                  lambda found: "".join(f"\\x{byte:02x}" for byte in found[0].encode()), text)


# ---- what is looked at

class Program:
    """A page_program; each command returns when it was obeyed."""

    def __init__(self, path, name):
        self.child = subprocess.Popen([path, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True)
        assert self.child.stdout.readline() == "ready\n"
        self.pid = self.child.pid
        self.key = f"{self.pid}.0"

    def say(self, command, *words):
        print(command, *words, file=self.child.stdin, flush=True)
        if command == "crash":
            self.child.wait(LIMIT_SEC)
        else:
            answer = self.child.stdout.readline()
            assert answer == "done\n", answer

    def advance(self, label):
        self.say("advance", label.encode("utf-8", "surrogateescape").hex() or "-")

    def end(self):
        self.child.stdin.close()
        self.child.wait(LIMIT_SEC)

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout):
            try:
                pipe.close()
            except BrokenPipeError:
                pass


class Serve:
    def __init__(self, tslab, *arguments):
        self.child = subprocess.Popen([tslab, "serve", "--listen", "127.0.0.1:0", *arguments],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.base = re.fullmatch(r"serving (http://.+)/ and /metrics\n", self.child.stdout.readline())[1]

    def close(self):
        self.child.terminate()
        assert self.child.wait(LIMIT_SEC) == 0
        self.child.stdout.close()


def snapshots(tslab_base, fetch):
    return [json.loads(line) for line in fetch(f"{tslab_base}/snapshot.json").splitlines()]


def use_runtime_folder(path):
    os.environ["TEMPORAL_SLAB_RUNTIME_DIR"] = str(path)
