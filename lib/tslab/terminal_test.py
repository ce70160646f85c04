#!/usr/bin/env python3
"""terminal_test.py <tslab> <temporal-slab-demo> <field_program>

tslab on a pseudo-terminal: it redraws in place, keeps to the screen, and leaves the terminal clean
when it is interrupted and when the watched process ends. In a pipe that is closed it ends quietly.
"""

import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unicodedata
import unittest

TSLAB, DEMO, FIELD = sys.argv[1:4]
HOSTILE = str(pathlib.Path(__file__).parents[2] / "schemas/golden/json_hostile.json")
PATIENCE_SECONDS = 60
# What such a terminal gets; top_test.py looks at what others get.
os.environ["TERM"] = "dumb"


class Screen:
    """As much of a terminal as tslab uses; anything else that it sends is a fault."""

    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.cells = [[] for _ in range(rows)]
        self.row = self.column = 0
        self.redraws = self.finished = self.scrolled = 0
        self.pending = b""

    def feed(self, data):
        text = self.pending + data
        end = len(text)
        while end > max(len(text) - 4, 0) and text[end - 1] >= 0x80:
            end -= 1  # perhaps half a character
        try:
            text[end:].decode()
            end = len(text)
        except UnicodeDecodeError:
            pass
        escape = text.rfind(b"\x1b", 0, end)
        if escape >= 0 and len(text[escape:end]) < 4 and text[escape:end][-1:] not in b"HKJ":
            end = escape
        self.pending = text[end:]
        text = text[:end].decode()
        while text:
            text = text[self.one(text):]

    def one(self, text):
        if text[0] == "\x1b":
            for sequence in ("\x1b[H", "\x1b[2J", "\x1b[K", "\x1b[J"):
                if text.startswith(sequence):
                    self.escape(sequence)
                    return len(sequence)
            raise AssertionError(f"unknown sequence {text[:8]!r}")
        self.put(text[0])
        return 1

    def escape(self, sequence):
        if sequence == "\x1b[H":
            self.row = self.column = 0
            self.redraws += 1
        elif sequence == "\x1b[K":
            del self.cells[self.row][self.column:]
        else:
            first = 0 if sequence == "\x1b[2J" else self.row + 1
            self.cells[first:] = [[] for _ in self.cells[first:]]
            self.finished += sequence == "\x1b[J"
            if first:
                del self.cells[self.row][self.column:]

    def put(self, char):
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self.line_feed()
        elif unicodedata.combining(char):
            self.cells[self.row][self.column - 1] += char
        else:
            assert char >= " ", repr(char)
            cells = [char] + [""] * (unicodedata.east_asian_width(char) in "WF")
            if self.column + len(cells) > self.columns:
                self.column = 0
                self.line_feed()
            line = self.cells[self.row]
            line.extend(" " * (self.column - len(line)))
            line[self.column:self.column + len(cells)] = cells
            self.column += len(cells)

    def line_feed(self):
        self.row += 1
        if self.row == self.rows:
            self.scrolled += 1
            self.cells = self.cells[1:] + [[]]
            self.row -= 1

    def lines(self):
        return ["".join(line).rstrip() for line in self.cells]

    def below_heading(self):
        """All but the line that says when and of which process."""
        lines = self.lines()
        for count in (1, 2):  # long names take a second line
            heading = "".join(line.ljust(self.columns) for line in lines[:count]).rstrip()
            if re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  (.* \(pid \d+\)|"
                            r"\d+ allocators?: .*), q ends it", heading):
                return lines[count:] + [""] * count
        raise AssertionError(lines[:2])


class Terminal:
    """A run of tslab on a pseudo-terminal of this size."""

    def __init__(self, rows, columns, *arguments):
        self.screen = Screen(rows, columns)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            size = struct.pack("HHHH", rows, columns, 0, 0)
            fcntl.ioctl(1, termios.TIOCSWINSZ, size)
            os.execv(TSLAB, [TSLAB, *arguments])
        self.modes = termios.tcgetattr(self.fd)
        self.open = True

    def read_until(self, condition, what):
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            left = end - time.monotonic()
            assert left > 0 and self.open, f"waited for {what}: {self.screen.lines()}"
            if select.select([self.fd], [], [], left)[0]:
                self.read()

    def read(self):
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # what Linux says once nobody has the other side open
            data = b""
        if data:
            self.screen.feed(data)
        else:
            self.open = False

    def type_interrupt(self):
        """Ctrl-C. The terminal shows ^C wherever the cursor stands: only for one that stands still."""
        os.write(self.fd, b"\x03")

    def type(self, keys):
        os.write(self.fd, keys)

    def interrupt(self):
        os.kill(self.pid, signal.SIGINT)

    def exit_code(self):
        self.read_until(lambda: not self.open, "the end")
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def plain(*arguments):
    return subprocess.run([TSLAB, *arguments], capture_output=True, check=True).stdout


def folded(text, columns):
    """The text with each label that is too long for the screen going on below itself."""
    indent = text.splitlines()[1].index(b"label")
    lines = []
    for line in text.decode().splitlines():
        width = 0
        lines.append("")
        for char in line:
            more = 0 if unicodedata.combining(char) else \
                2 if unicodedata.east_asian_width(char) in "WF" else 1
            if width + more > columns:
                lines.append(" " * indent)
                width = indent
            lines[-1] += char
            width += more
    return ("\n".join(lines) + "\n").encode()


class Tests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.environ["TEMPORAL_SLAB_RUNTIME_DIR"] = folder.name

    def start_demo(self):
        demo = subprocess.Popen([DEMO, "--leak", "--serve-seconds", "600", HOSTILE],
                                stdout=subprocess.PIPE)
        self.addCleanup(demo.stdout.close)
        self.addCleanup(demo.wait)
        self.addCleanup(demo.kill)
        for line in demo.stdout:
            if line.startswith(b"ready"):
                return demo
        raise AssertionError("the demo ended")

    def expected(self, text, rows, columns):
        screen = Screen(rows, columns)
        screen.feed(text.replace(b"\n", b"\r\n"))
        self.assertEqual(screen.scrolled, 0)
        return screen.lines()

    def test_a_ranking_is_redrawn_in_place_at_80_and_200_columns(self):
        ranking = ["top", "--epochs", "--n", "16", "--input", HOSTILE]
        for columns in (80, 200):
            terminal = Terminal(50, columns, *ranking, "--watch", "0.1")
            terminal.read_until(lambda: terminal.screen.redraws >= 4, "four redraws")
            terminal.interrupt()
            self.assertEqual(terminal.exit_code(), 0)
            self.assertEqual(terminal.screen.below_heading(),
                             self.expected(folded(plain(*ranking), columns), 50, columns))

    def test_a_ranking_that_is_shown_once_folds_its_labels_too(self):
        ranking = ["top", "--epochs", "--n", "16", "--input", HOSTILE]
        terminal = Terminal(50, 80, *ranking)
        self.assertEqual(terminal.exit_code(), 0)
        lines = terminal.screen.lines()
        self.assertEqual(lines, self.expected(folded(plain(*ranking), 80), 50, 80))
        self.assertGreater(len([line for line in lines if line]), 18)

    def test_columns_stay_in_place_whatever_the_labels(self):
        lines = self.expected(plain("top", "--epochs", "--n", "16", "--input", HOSTILE), 50, 200)
        starts = [lines[1].index(title) for title in ("era", "state", "age", "refcount", "rss")]
        for line in lines[2:18]:
            for start in starts:
                self.assertEqual(line[start - 1], " ", line)
                self.assertNotEqual(line[start], " ", line)

    def test_what_the_screen_has_no_room_for_is_left_out(self):
        terminal = Terminal(6, 80, "top", "--epochs", "--n", "16", "--watch", "0.1", "--input",
                            HOSTILE)
        terminal.read_until(lambda: terminal.screen.redraws >= 3, "three redraws")
        terminal.interrupt()
        self.assertEqual(terminal.exit_code(), 0)
        self.assertEqual(terminal.screen.below_heading()[0], "top epochs by rss_bytes")
        self.assertEqual(terminal.screen.scrolled, 0)

    def test_an_interrupt_leaves_the_terminal_clean(self):
        self.start_demo()
        for arguments, typed in ((["top", "--epochs", "--watch", "86400"], True),
                                 (["top", "--epochs", "--watch", "0.1"], False),
                                 (["watch", "--interval", "0.1"], False)):
            terminal = Terminal(40, 80, *arguments)
            terminal.read_until(lambda: terminal.screen.finished >= 1, "a redraw")
            if typed:
                terminal.type_interrupt()
            else:
                terminal.interrupt()
            self.assertEqual(terminal.exit_code(), 0)
            self.assertEqual(terminal.screen.column, 0)
            self.assertEqual(terminal.screen.lines()[terminal.screen.row:], [""] *
                             (40 - terminal.screen.row))

    def test_nothing_of_a_longer_text_stays_when_a_shorter_one_comes(self):
        golden = pathlib.Path(HOSTILE).parent
        with tempfile.TemporaryDirectory() as folder:
            file, fresh = folder + "/now.json", folder + "/fresh.json"
            os.link(shutil.copy(HOSTILE, folder), file)
            terminal = Terminal(50, 80, "top", "--epochs", "--n", "16", "--watch", "0.1",
                                "--input", file)
            terminal.read_until(lambda: terminal.screen.redraws >= 1, "a redraw")
            os.replace(shutil.copy(golden / "json_fresh.json", fresh), file)
            shown = terminal.screen.redraws
            terminal.read_until(lambda: terminal.screen.redraws >= shown + 3, "three redraws")
            ranking = plain("top", "--epochs", "--n", "16", "--input", file)
            terminal.interrupt()
            self.assertEqual(terminal.exit_code(), 0)
            self.assertEqual(terminal.screen.below_heading(), self.expected(ranking, 50, 80))

    def test_q_ends_it_and_other_keys_do_not(self):
        self.start_demo()
        for arguments in (["top", "--classes", "--watch", "1d"], ["watch", "--interval", "0.1"]):
            terminal = Terminal(40, 80, *arguments)
            terminal.read_until(lambda: terminal.screen.finished >= 1, "a text")
            terminal.type(b"x")
            terminal.read_until(lambda: terminal.screen.finished >= 2, "the next one")
            terminal.type(b"q")
            self.assertEqual(terminal.exit_code(), 0)

    def test_the_terminal_is_left_as_it_was(self):
        for end in (lambda terminal: terminal.type(b"q"),
                    *(lambda terminal, number=number: os.kill(terminal.pid, number)
                      for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT))):
            terminal = Terminal(40, 80, "top", "--classes", "--watch", "0.1", "--input", HOSTILE)
            terminal.read_until(lambda: terminal.screen.redraws >= 2, "two redraws")
            self.assertNotEqual(termios.tcgetattr(terminal.fd), terminal.modes, "keys are read")
            end(terminal)
            terminal.read_until(lambda: not terminal.open, "the end")
            self.assertEqual(termios.tcgetattr(terminal.fd), terminal.modes)
            self.assertEqual(terminal.exit_code(), 0)

    def start_fleet(self, count):
        """So many processes, of which one is dead and one damaged: the names and states of all."""
        for i in range(count - 2):
            self.start_field(f"one-{i}")
        dead = self.start_field("the-dead-one")
        dead.kill()
        dead.wait()
        folder = next(pathlib.Path(os.environ["TEMPORAL_SLAB_RUNTIME_DIR"]).iterdir())
        (folder / "4194303.0.seg").write_bytes(b"short")

    def start_field(self, name):
        process = subprocess.Popen([FIELD, name, "wait"], stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        return process

    def words(self, lines):
        """All words, in order, without those of the titles: a broken text has the same ones."""
        return [word for line in lines for word in line.split()]

    def test_a_fleet_loses_nothing_on_a_narrow_terminal(self):
        self.start_fleet(12)
        for command in (["ps", "--sort", "references"], ["top", "--all", "--epochs", "--n", "30"]):
            for columns in (40, 80, 120, 300):
                terminal = Terminal(200, columns, *command)
                self.assertEqual(terminal.exit_code(), 0)
                shown = terminal.screen.lines()
                # Times go on meanwhile.
                wanted, found = ([re.sub(r"^\d+s$", "Ns", word) for word in self.words(lines)]
                                 for lines in (plain(*command).decode().splitlines(), shown))
                if command[0] == "ps":
                    for line in shown:
                        self.assertLessEqual(len(line), columns)
                    self.assertEqual(sorted(found), sorted(wanted), columns)
                else:
                    self.assertEqual(sorted("".join(found)), sorted("".join(wanted)), columns)

    def test_columns_of_a_fleet_stand_under_their_titles_on_a_narrow_terminal(self):
        self.start_fleet(12)
        terminal = Terminal(200, 80, "ps")
        self.assertEqual(terminal.exit_code(), 0)
        lines = [line for line in terminal.screen.lines() if line]
        self.assertEqual(len(lines), 2 * 13 + 1)  # and one line more of the reason
        upper, lower = lines[0], lines[1]
        self.assertTrue(upper.startswith("PID ") and lower.startswith("    "), lines[:2])
        ends = [upper.index(title) + len(title) for title in ("UPTIME", "LIVE", "SLABS")]
        state = lower.index("STATE")
        for first, second in zip(lines[2:26:2], lines[3:26:2]):
            for end in ends:
                self.assertNotEqual(first[end - 1], " ", first)
                self.assertEqual(first[end:end + 1].strip(), "", first)
            self.assertEqual(second[state - 2:state], "  ", second)
            self.assertRegex(second[state:], "^(alive|dead, last|unreadable: )")

    def test_a_watched_fleet_says_how_much_the_screen_has_no_room_for(self):
        self.start_fleet(30)
        for rows, columns in ((24, 80), (24, 120), (50, 200)):
            terminal = Terminal(rows, columns, "ps", "--sort", "slab_bytes", "--watch", "0.1")
            terminal.read_until(lambda: terminal.screen.redraws >= 3, "three redraws")
            terminal.type(b"q")
            self.assertEqual(terminal.exit_code(), 0)
            self.assertEqual(terminal.screen.scrolled, 0)
            lines = [line for line in terminal.screen.lines() if line]
            self.assertRegex(lines[0], r"  30 allocators: 28 alive, 1 dead, 1 unreadable, q ends it$")
            if rows == 50:
                self.assertEqual(len(lines), 1 + 1 + 30)
            else:
                self.assertRegex(lines[-1], r"^\(\d+ more lines\)$")
                self.assertEqual(len(lines), rows - 1)

    def test_a_watched_fleet_outlives_its_processes(self):
        process = self.start_field("one")
        terminal = Terminal(24, 120, "top", "--all", "--epochs", "--watch", "0.1")
        terminal.read_until(lambda: terminal.screen.redraws >= 2, "two redraws")
        process.kill()
        process.wait()
        terminal.read_until(lambda: any("the process is dead" in line for line in
                                        terminal.screen.lines()), "its death")
        subprocess.run([TSLAB, "ps", "--reap"], capture_output=True, check=True)
        terminal.read_until(lambda: any("none of this user is published" in line for line in
                                        terminal.screen.lines()), "its absence")
        self.start_field("another")
        terminal.read_until(lambda: any("another" in line for line in terminal.screen.lines()),
                            "another one")
        terminal.type(b"q")
        self.assertEqual(terminal.exit_code(), 0)

    def test_rankings_of_classes_fit_80_columns(self):
        golden = pathlib.Path(HOSTILE).parent / "json_busy.json"
        for line in plain("top", "--classes", "--n", "20", "--input", golden).decode().splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_the_end_of_the_process_is_told_below_its_last_figures(self):
        for arguments in (["top", "--epochs", "--by", "refcount", "--watch", "0.1"],
                          ["watch", "--interval", "0.1"]):
            demo = self.start_demo()
            terminal = Terminal(40, 80, *arguments, "--pid", str(demo.pid))
            terminal.read_until(lambda: terminal.screen.redraws >= 2, "two redraws")
            demo.send_signal(signal.SIGKILL)
            self.assertEqual(terminal.exit_code(), 0)
            lines = [line for line in terminal.screen.lines() if line]
            self.assertEqual(lines[-1], f"process {demo.pid} ended")
            self.assertGreater(len(lines), 5)

    def test_record_shows_how_far_it_is_and_survives_the_end_of_its_process(self):
        demo = self.start_demo()
        file = pathlib.Path(os.environ["TEMPORAL_SLAB_RUNTIME_DIR"]) / "recording.jsonl"
        terminal = Terminal(10, 80, "record", "--interval", "0.1", "--count", "100000", "-o", str(file),
                            "--pid", str(demo.pid))
        terminal.read_until(lambda: re.match(r"record: \d+ of 100000 snapshots, \d+\.\d\dMB$",
                                             terminal.screen.lines()[0]), "its progress")
        demo.send_signal(signal.SIGKILL)
        self.assertEqual(terminal.exit_code(), 0)
        lines = [line for line in terminal.screen.lines() if line]
        count = len(file.read_text().splitlines())
        self.assertEqual(lines, [f"tslab: record: process {demo.pid} ended after {count} snapshots"])
        self.assertEqual(plain("validate", str(file)), f"valid: {count} snapshots\n".encode())

    def test_a_closed_pipe_ends_it_quietly(self):
        self.start_demo()
        for arguments in (["top", "--epochs", "--watch", "0.1"], ["watch", "--interval", "0.1"],
                          ["record", "--interval", "0.1"]):
            run = subprocess.Popen([TSLAB, *arguments], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
            run.stdout.readline()
            run.stdout.close()
            self.assertEqual(run.wait(PATIENCE_SECONDS), 0, arguments)
            self.assertEqual(run.stderr.read(), b"", arguments)
            run.stderr.close()


unittest.main(argv=sys.argv[:1])
