#!/usr/bin/env python3
"""top_test.py <tslab> <field_program>

`tslab top --watch` on a terminal: a real one of tmux, in three sizes, with 30 processes. Keys, filter,
pause, scrolling and a new size do what the help line says, hostile labels stay text, and the terminal is
as it was before whatever ends it.
"""

import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TSLAB, FIELD = sys.argv[1:3]
HOSTILE = str(pathlib.Path(__file__).parents[2] / "schemas/golden/json_hostile.json")
BUSY = str(pathlib.Path(HOSTILE).parent / "json_busy.json")
PATIENCE_SECONDS = 30
FLEET = 30
EPOCH_KEYS = {"r": "rss_bytes", "a": "age_sec", "e": "refcount", "c": "reclaimable_bytes", "l": "live_objects"}
CLASS_KEYS = {"s": "slow_path_hits", "n": "new_slab_count", "m": "madvise_bytes", "e": "net_slabs",
              "l": "live_bytes"}


class Terminal:
    """A shell in a terminal of this size."""

    def __init__(self, test, columns, rows):
        folder = tempfile.TemporaryDirectory()
        test.addCleanup(folder.cleanup)
        self.socket = folder.name + "/tmux"
        environment = {name: value for name, value in os.environ.items() if name != "TMUX"}
        # LINES and COLUMNS of some other terminal mean nothing here.
        environment.update(LC_ALL="C.UTF-8", LINES="7", COLUMNS="31")
        subprocess.run(["tmux", "-u", "-f", "/dev/null", "-S", self.socket, "new-session", "-d", "-x", str(columns),
                        "-y", str(rows),
                        "bash --norc --noprofile"], check=True, env=environment, stdin=subprocess.DEVNULL)
        test.addCleanup(self.tmux, "kill-server")
        self.type("PS1='ready$ '; clear")
        self.keys("Enter")
        self.lines_when("a prompt", lambda lines: lines[-1] == "ready$")

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-u", "-S", self.socket, *arguments], check=True, capture_output=True,
                              text=True, encoding="utf-8").stdout

    def lines(self):
        return self.tmux("capture-pane", "-p").rstrip("\n").split("\n")

    def asked(self, what):
        return self.tmux("display-message", "-p", what).strip()

    def lines_when(self, what, condition):
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            lines = self.lines()
            if condition(lines):
                return lines
            if time.monotonic() > end:
                raise AssertionError(f"waited for {what}:\n" + "\n".join(lines))
            time.sleep(0.02)

    def line_when(self, number, pattern):
        """The lines once that one says it."""
        return self.lines_when(pattern, lambda lines: len(lines) > number and re.search(pattern, lines[number]))

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def run(self, *arguments, before=""):
        """Begins it behind a line that says what the terminal was like."""
        self.type(f"clear; echo before $(stty -g); {before} {shlex.join([TSLAB, *arguments])}; "
                  "echo code $? $(stty -g)")
        self.keys("Enter")

    def top(self, *arguments):
        self.run("top", *arguments)
        self.line_when(1, r"^top (epochs|classes) by ")
        # What is drawn last is the keys.
        return self.lines_when("its keys", lambda lines: any(line.startswith("q quit") for line in lines[-4:]))

    def settled(self):
        """The lines once all is drawn that was asked for so far: a pause comes after it, and says so at the end."""
        self.keys("p")
        lines = self.lines_when("a pause", lambda lines: any("p go on" in line for line in lines[-4:]))
        self.keys("p")
        self.lines_when("no pause", lambda lines: any("p pause" in line for line in lines[-4:]))
        return lines

    def pid(self):
        """Of tslab."""
        shell = self.asked("#{pane_pid}")
        return int(pathlib.Path(f"/proc/{shell}/task/{shell}/children").read_text().split()[-1])

    def lines_of_the_end(self):
        """What the terminal shows once it is its former self again."""
        lines = self.lines_when("the end", lambda lines: any(re.match(r"code \d+ \S", line) for line in
                                                             unwrapped(lines)) and lines[-1] == "ready$")
        return unwrapped(lines)


def unwrapped(lines):
    """Lines of which the terminal's width made two."""
    out = []
    for line in lines:
        if out and re.match(r"(before|code \d+) [0-9a-f:]+$", out[-1]) and re.match(r"[0-9a-f:]+$", line):
            out[-1] += line
        else:
            out.append(line)
    return out


class Tests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        os.environ["TEMPORAL_SLAB_RUNTIME_DIR"] = cls.folder.name
        cls.fleet = [subprocess.Popen([FIELD, f"one-{i}", "wait"], stdout=subprocess.PIPE) for i in range(FLEET)]
        for process in cls.fleet:
            assert process.stdout.readline() == b"ready\n"

    @classmethod
    def tearDownClass(cls):
        for process in cls.fleet:
            process.kill()
            process.wait()
            process.stdout.close()
        cls.folder.cleanup()

    def check_restored(self, terminal, code=0):
        lines = terminal.lines_of_the_end()
        modes = [line.split()[-1] for line in lines if re.match("before |code ", line)]
        self.assertEqual(len(modes), 2, lines)
        self.assertEqual(modes[0], modes[1], "modes of the terminal")
        self.assertIn(f"code {code} ", "\n".join(lines))
        self.assertEqual(terminal.asked("#{alternate_on} #{cursor_flag} #{keypad_flag}"), "0 1 0")
        return lines

    def test_a_fleet_uses_the_width_that_is_there(self):
        rows = len(subprocess.run([TSLAB, "top", "--all", "--epochs", "--n", "100000"], capture_output=True,
                                  check=True).stdout.splitlines()) - 2
        self.assertGreater(rows, 2 * FLEET)
        for columns, height in ((80, 24), (120, 40), (200, 50)):
            terminal = Terminal(self, columns, height)
            lines = terminal.top("--all", "--epochs", "--watch", "0.2")
            self.assertRegex(lines[0], rf"^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d  {FLEET} allocators: {FLEET} alive$")
            self.assertTrue(lines[1].startswith(f"top epochs by rss_bytes: {rows} rows, lines 1 to "), lines[1])
            self.assertEqual(len(lines), height)
            self.assertEqual(" ".join(lines[2].split()), "pid name process epoch era state age refcount rss label")
            below = [i for i, line in enumerate(lines) if line.startswith("q quit")][0]
            self.assertEqual(len(lines) - below, 1 if columns >= 120 else 2)
            pids = {str(process.pid) for process in self.fleet}
            for line in lines[3:below]:
                self.assertIn(line.split()[0], pids)
            terminal.keys("q")
            self.check_restored(terminal)

    def test_keys_choose_what_it_is_sorted_by(self):
        for what, keys, file in (("epochs", EPOCH_KEYS, HOSTILE), ("classes", CLASS_KEYS, BUSY)):
            terminal = Terminal(self, 120, 30)
            lines = terminal.top(f"--{what}", "--watch", "1d", "--input", file)
            names = list(keys.values())
            self.assertTrue("  ".join(lines[-2:]).endswith("  ".join(f"{key} {name}" for key, name in keys.items())),
                            lines[-2:])
            for key, name in reversed(keys.items()):
                terminal.keys(key)
                terminal.line_when(1, f"^top {what} by {name}: ")
                self.check_order(terminal.settled(), what, name, file, [])
            for step, key in ((1, ">"), (1, "Right"), (-1, "<"), (-1, "Left")):
                for i in range(1, len(names) + 1):
                    terminal.keys(key)
                    terminal.line_when(1, f"^top {what} by {names[step * i % len(names)]}: ")
            terminal.keys("i")
            terminal.line_when(1, ", smallest first: ")
            self.check_order(terminal.settled(), what, names[0], file, ["--asc"])
            terminal.keys("q")
            self.check_restored(terminal)

    def check_order(self, lines, what, key, file, arguments):
        """As a single look has it."""
        plain = subprocess.run([TSLAB, "top", f"--{what}", "--by", key, "--n", "100", "--input", file, *arguments],
                               capture_output=True, check=True).stdout.decode().splitlines()
        end = [i for i, line in enumerate(lines) if line.startswith("q quit")][0]
        rows = [line.split() for line in lines[2:end] if line and not line.startswith("      ")]
        self.assertGreater(len(rows), 5)
        self.assertEqual(rows[0], plain[1].split())
        self.assertEqual([row[:5] for row in rows[1:]], [line.split()[:5] for line in plain[2:]][:len(rows) - 1])

    def test_a_filter_keeps_rows_of_a_name(self):
        terminal = Terminal(self, 120, 40)
        terminal.top("--all", "--epochs", "--watch", "0.2")
        terminal.type("/one-7")
        lines = terminal.lines_when("its rows", lambda lines: lines[-1] == "/one-7" and re.search(
            r"by rss_bytes: (\d+) of \d+ rows with 'one-7'", lines[1]) and {
                tuple(line.split()[1:3]) for line in lines[3:-1] if line} == {("one-7", "field_program")})
        self.assertEqual(len([line for line in lines[3:-1] if line]), int(re.search(r"(\d+) of", lines[1])[1]))
        # Keys of commands are text now; it ends with Enter, and is no pattern.
        terminal.keys("BSpace")
        terminal.type(".*q")
        terminal.line_when(1, r" 0 of \d+ rows with 'one-\.\*q'")
        terminal.keys("BSpace", "BSpace", "BSpace", "Enter")
        terminal.line_when(1, r" \d+ of \d+ rows with 'one-'|: \d+ rows with 'one-'")
        terminal.type("/field_program")
        terminal.keys("Enter")
        terminal.line_when(1, r": \d+ rows with 'field_program'")
        # Given up, the former one stands; given up again, none.
        terminal.type("/nothing")
        terminal.line_when(1, " 0 of .* with 'nothing'")
        terminal.keys("Escape")
        terminal.line_when(1, "with 'field_program'")
        terminal.keys("Escape")
        terminal.lines_when("all rows", lambda lines: " with " not in lines[1])
        terminal.keys("q")
        self.check_restored(terminal)

    def test_hostile_labels_are_text_and_are_found_as_they_are_shown(self):
        terminal = Terminal(self, 120, 40)
        lines = terminal.top("--epochs", "--watch", "0.2", "--input", HOSTILE)
        for shown in (r"\x1b[31mred\x1b[0m", r"\x1b]0;title\x07 bell", r"two\x0alines\x0d\x09tab", "日本語 😀",
                      r"\xe2\x80\xaeright to left\xe2\x80\xac", r"nul \x00 del \x7f line \xe2\x80\xa8 paragraph"):
            self.assertTrue(any(line.endswith(shown) or shown in line for line in lines[3:]), (shown, lines))
        self.assertNotIn("title", terminal.asked("#{pane_title}"))
        self.assertIn(r"\x1b]0;title\x07 bell of \x1b[31mred\x1b[0m (pid 4211)", lines[0])
        # All have the names of the process; these are of the label alone.
        for text, label in ((r"\x0alines", r"two\x0alines\x0d\x09tab"), ("本語 😀", "日本語 😀 ｱ"),
                            ("C:\\new", "C:\\new\\table\\")):
            terminal.type("/" + text)
            terminal.keys("Enter")
            terminal.lines_when(text, lambda lines, text=text: f" 1 of 16 rows with '{text}'" in lines[1])
            lines = terminal.settled()
            self.assertTrue(lines[3].endswith("  " + label), lines[3])
        terminal.type("/日本x")
        terminal.keys("BSpace", "BSpace")  # whole characters
        terminal.lines_when("日", lambda lines: lines[-1] == "/日" and " 1 of 16 rows with '日'" in lines[1])
        terminal.keys("Enter", "q")
        self.check_restored(terminal)

    def test_a_pause_holds_what_is_shown(self):
        terminal = Terminal(self, 120, 30)
        first = terminal.top("--all", "--epochs", "--watch", "0.1")[0]
        terminal.lines_when("a later moment", lambda lines: lines[0] != first)
        terminal.keys("p")
        held = terminal.lines_when("a pause", lambda lines: "p go on" in lines[-1] + lines[-2])
        self.assertRegex(held[0], "^PAUSED  20")
        time.sleep(1.2)  # the heading has whole seconds
        self.assertEqual(terminal.lines(), held)
        terminal.keys("Down")  # and can be looked through
        self.assertEqual(terminal.line_when(1, "lines 2 to ")[0], held[0])
        terminal.keys("p")
        terminal.lines_when("it going on", lambda lines: lines[0].startswith("20") and
                            lines[0] != held[0].removeprefix("PAUSED  "))
        terminal.keys("q")
        self.check_restored(terminal)

    def test_a_pause_outlasts_the_process(self):
        terminal = Terminal(self, 80, 24)
        process = self.start_field("brief")
        terminal.top("--epochs", "--watch", "0.1", "--name", "brief")
        terminal.keys("p")
        held = terminal.lines_when("a pause", lambda lines: "p go on" in lines[-1] + lines[-2])
        self.assertRegex(held[0], "^PAUSED  20")
        process.kill()
        process.wait()
        time.sleep(0.5)
        self.assertEqual(terminal.lines(), held)
        terminal.keys("p")
        self.assertIn(f"process {process.pid} ended", self.check_restored(terminal))

    def test_all_rows_can_be_scrolled_to(self):
        terminal = Terminal(self, 120, 24)
        lines = terminal.top("--all", "--epochs", "--watch", "0.2")
        page, count = map(int, re.search(r"lines 1 to (\d+) of (\d+)$", lines[1]).groups())
        self.assertEqual(page, 24 - 2 - 1 - 1 - (lines[-2].startswith("q quit")))
        self.assertGreater(count, 2 * page)
        for key, first in (("Down", 2), ("Down", 3), ("Up", 2), ("PPage", 1), ("NPage", 1 + page), ("Up", page),
                           ("End", count - page + 1), ("Down", count - page + 1), ("PPage", count - 2 * page + 1),
                           ("Home", 1)):
            terminal.keys(key)
            terminal.line_when(1, rf"lines {first} to {first + page - 1} of {count}$")
        seen = set()
        for first in range(1, count, page):
            terminal.line_when(1, rf"lines {min(first, count - page + 1)} to ")
            lines = terminal.settled()
            seen |= {line.split()[1] for line in lines[3:3 + page]}
            terminal.keys("NPage")
        self.assertEqual(seen, {f"one-{i}" for i in range(FLEET)})
        terminal.keys("q")
        self.check_restored(terminal)

    def test_n_is_how_many_rows_there_are(self):
        terminal = Terminal(self, 120, 24)
        terminal.top("--all", "--epochs", "--watch", "0.2", "--n", "3")
        terminal.line_when(1, r"by rss_bytes: 3 of \d+ rows$")
        terminal.keys("q")
        self.check_restored(terminal)

    def test_a_new_size_is_used_at_once(self):
        terminal = Terminal(self, 200, 50)
        terminal.top("--all", "--epochs", "--watch", "1d")  # nothing else makes it draw
        for columns, rows in ((80, 24), (120, 40), (40, 10), (20, 4), (1, 1), (200, 50)):
            terminal.tmux("resize-window", "-x", str(columns), "-y", str(rows))
            if rows >= 10:
                # Where there is no room for all columns they go on below.
                titles = ["pid name process epoch era state age refcount rss label"] if columns >= 80 else \
                    ["pid name process epoch era", "state age refcount rss label"]
                terminal.lines_when(f"{columns} columns", lambda lines, rows=rows, titles=titles: (
                    len(lines) == rows and lines[0].startswith("20") and any("live_objects" in line for line in lines[-5:])
                    and [" ".join(line.split()) for line in lines[2:2 + len(titles)]] == titles))
        terminal.keys("q")
        self.check_restored(terminal)

    def test_signals_leave_the_terminal_as_it_was(self):
        terminal = Terminal(self, 80, 24)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
            terminal.top("--all", "--classes", "--watch", "0.1")
            self.assertEqual(terminal.asked("#{alternate_on} #{cursor_flag}"), "1 0")
            os.kill(terminal.pid(), number)
            self.check_restored(terminal)
        terminal.top("--all", "--classes", "--watch", "1d")
        terminal.keys("C-c")
        self.check_restored(terminal)

    def test_it_can_be_stopped_and_go_on(self):
        terminal = Terminal(self, 80, 24)
        for stop in (signal.SIGTSTP, signal.SIGSTOP):
            terminal.top("--all", "--classes", "--watch", "1d")
            pid = terminal.pid()
            os.kill(pid, stop)
            terminal.lines_when("the shell", lambda lines: lines[-1] == "ready$")
            if stop == signal.SIGTSTP:
                self.assertEqual(terminal.asked("#{alternate_on} #{cursor_flag}"), "0 1")
            terminal.type("clear; fg")
            terminal.keys("Enter")
            terminal.line_when(1, "^top classes by slow_path_hits")
            terminal.keys("n")  # keys are read again
            terminal.line_when(1, "^top classes by new_slab_count")
            self.assertEqual(terminal.asked("#{cursor_flag}"), "0")
            terminal.keys("q")
            terminal.lines_when("the shell", lambda lines: lines[-1] == "ready$")
            self.assertEqual(terminal.asked("#{alternate_on} #{cursor_flag}"), "0 1")
            terminal.type("clear; stty -a | tr ' ;' '\\n\\n' | grep -x -e -*icanon -e -*echo")
            terminal.keys("Enter")
            terminal.lines_when("modes of a shell", lambda lines: lines[-3:] == ["icanon", "echo", "ready$"])

    def start_field(self, name):
        process = subprocess.Popen([FIELD, name, "wait"], stdout=subprocess.PIPE)
        self.addCleanup(subprocess.run, [TSLAB, "ps", "--reap"], capture_output=True, check=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        return process

    def test_the_last_figures_of_a_process_stay(self):
        process = self.start_field("brief")
        terminal = Terminal(self, 80, 24)
        terminal.top("--epochs", "--watch", "1d", "--name", "brief")
        terminal.keys("e")
        terminal.line_when(1, "^top epochs by refcount")
        process.kill()
        process.wait()
        lines = self.check_restored(terminal)
        self.assertRegex("\n".join(lines), r"\n20\S+ \S+  brief of field_program \(pid \d+\)\ntop epochs by refcount\n"
                         r"epoch    era (.|\n)*\nprocess \d+ ended\ncode 0 ")

    def test_a_fleet_outlives_a_process(self):
        terminal = Terminal(self, 120, 40)
        terminal.top("--all", "--epochs", "--watch", "0.1")
        terminal.type("/brief")
        terminal.line_when(1, " 0 of ")
        process = self.start_field("brief")
        terminal.line_when(1, r" [1-9]\d* of ")
        process.kill()
        process.wait()
        terminal.lines_when("its end", lambda lines: any(
            line.startswith(f"{process.pid}: the process is dead") for line in lines))
        subprocess.run([TSLAB, "ps", "--reap"], capture_output=True, check=True)
        terminal.line_when(1, " 0 of ")
        terminal.keys("Enter", "q")
        self.check_restored(terminal)

    def test_without_a_terminal_that_can_it_is_the_plain_one(self):
        terminal = Terminal(self, 120, 40)
        for before in ("TERM=dumb", "TERM=", "env -u TERM", "TERM=no-such-terminal"):
            terminal.run("top", "--epochs", "--watch", "0.1", "--input", HOSTILE, before=before)
            terminal.lines_when(before, lambda lines: lines[0].endswith(", q ends it"))
            self.assertEqual(terminal.asked("#{alternate_on}"), "0", before)
            terminal.keys("q")
            terminal.lines_of_the_end()
        # Keys cannot come from a pipe.
        terminal.run("top", "--epochs", "--watch", "0.1", "--input", HOSTILE, before="true |")
        terminal.lines_when("a text", lambda lines: lines[0].startswith("20"))
        self.assertEqual(terminal.asked("#{alternate_on}"), "0")
        terminal.keys("C-c")
        terminal.lines_when("the shell", lambda lines: lines[-1] == "ready$")

    def test_a_single_look_and_a_pipe_are_plain(self):
        terminal = Terminal(self, 120, 40)
        terminal.run("top", "--epochs", "--input", HOSTILE)
        self.assertIn("top epochs by rss_bytes", terminal.lines_of_the_end())
        terminal.type(f"clear; {shlex.join([TSLAB, 'top', '--epochs', '--watch', '0.1', '--input', HOSTILE])} | "
                      "sed -n '1,3p;3q' | cat -v; echo code 0 0")
        terminal.keys("Enter")
        lines = terminal.lines_of_the_end()
        self.assertRegex(lines[-5], "^20.*" + re.escape(r"\x1b[31mred\x1b[0m (pid 4211)") + "$")
        self.assertEqual(lines[-4], "top epochs by rss_bytes")


unittest.main(argv=sys.argv[:1])
