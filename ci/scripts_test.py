#!/usr/bin/env python3
"""ci/scripts_test.py: the scripts of this folder say what they do, and what they found, in few words.

Nothing here may build or install: the commands that would are replaced by ones that tell of it.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

CI = pathlib.Path(__file__).parent.resolve()
SCRIPTS = sorted(path for path in (*CI.iterdir(), CI.parent / ".ci/run")
                 if path.is_file() and os.access(path, os.X_OK) and not path.name.endswith(".py"))
# One that does not say --help itself would be at work for minutes.
LIMIT_SEC = 30


class Tests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.forbid("cmake", "ninja", "ctest", "apt-get", "dpkg-query")

    def command(self, name, text):
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/bash\n{text}\n", encoding="utf-8")
        path.chmod(0o755)

    def forbid(self, *names):
        for name in names:
            self.command(name, f"echo {name} was called >&2; exit 99")

    def run_script(self, *command, **options):
        environment = {**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}"}
        return subprocess.run(command, env=environment, capture_output=True, text=True,
                              timeout=LIMIT_SEC, check=False, **options)

    def test_each_says_what_it_does_and_does_nothing_else(self):
        self.assertGreaterEqual(len(SCRIPTS), 9)
        for script in SCRIPTS:
            with self.subTest(script=script.name):
                ran = self.run_script(script, "--help")
                self.assertEqual((ran.returncode, ran.stderr), (0, ""), ran.stdout)
                self.assertIn(script.name, ran.stdout)
                self.assertGreater(len(ran.stdout), 60)

    def test_each_refuses_what_it_does_not_know(self):
        for script in SCRIPTS:
            with self.subTest(script=script.name):
                ran = self.run_script(script, "--no-such-thing")
                self.assertEqual(ran.returncode, 2, ran.stderr)
                self.assertIn("--no-such-thing", ran.stderr)
                self.assertNotIn("was called", ran.stderr)

    def tree(self, *names):
        """A tree that has these files of this folder alone."""
        root = self.folder / "tree"
        (root / "ci").mkdir(parents=True)
        for name in names:
            (root / "ci" / name).write_bytes((CI / name).read_bytes())
            (root / "ci" / name).chmod(0o755)
        return root

    def test_a_step_of_tests_ends_with_what_the_failed_ones_said_last(self):
        root = self.tree("steps.sh")
        said = "; ".join(f"echo line {number} of it" for number in range(20))
        (root / "CTestTestfile.cmake").write_text(f"""
            add_test(holds bash -c "echo silent; exit 0")
            add_test(field_test bash -c "{said}; exit 3")
            add_test(other_test bash -c "echo this one, too; exit 1")
            """, encoding="utf-8")
        ctest = shutil.which("ctest")
        self.command("ctest", f"exec {ctest} --test-dir {root} --output-on-failure")
        ran = self.run_script("bash", "-c", "set -euo pipefail; source ci/steps.sh; begin it; "
                              "tests dev", cwd=root)
        self.assertEqual(ran.returncode, 8, ran.stderr)
        end = ran.stdout[ran.stdout.index("Errors while running CTest"):] + ran.stderr
        self.assertRegex(end, r"field_test: Failed .*\n    line 12 of it\n(    .*\n)*    line 19 of it\n")
        self.assertRegex(end, r"other_test: Failed .*\n    this one, too\n")
        self.assertRegex(end, r"\nit: FAILED at dev: ctest .*\n$")
        self.assertNotIn("silent", end)

    def fuzz(self, target):
        """ci/fuzz of a copy of the tree where the target is a script."""
        root = self.tree("fuzz", "help.sh", "steps.sh")
        (root / "build/fuzz/fuzz").mkdir(parents=True)
        (root / "fuzz").mkdir()
        (root / "fuzz/thing_fuzz.cc").touch()
        self.command("cmake", "exit 0")
        self.command("../tree/build/fuzz/fuzz/fuzz_thing", target)
        return self.run_script(root / "ci/fuzz", "thing", "1m")

    def test_a_find_ends_with_the_rule_and_the_input(self):
        ran = self.fuzz("""for a in "$@"; do [[ $a == -artifact_prefix=* ]] && prefix=${a#*=}; done
            echo "fuzz: does not hold: labels stay whole: 'ab'" >&2
            for i in {1..400}; do echo "    #$i 0x55d in main some/where.cc:$i" >&2; done
            echo "SUMMARY: libFuzzer: deadly signal" >&2
            printf 'ab\\001' > "${prefix}crash-1"
            echo "artifact_prefix='$prefix'; Test unit written to ${prefix}crash-1" >&2
            exit 77""")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("thing: does not hold: labels stay whole: 'ab'\n", ran.stdout)
        self.assertIn("the input, 3 bytes, is build/fuzz/crashes/thing/crash-1", ran.stdout)
        self.assertIn("61 62 01", ran.stdout)
        self.assertNotIn("some/where.cc", ran.stdout)
        self.assertNotIn("tests", ran.stdout)
        self.assertTrue(ran.stdout.splitlines()[-1].startswith(
            "ci/fuzz: FAILED at a find by thing: exit 1"), ran.stdout)

    def test_a_run_without_a_find_does_not_speak_of_tests(self):
        ran = self.fuzz("""[[ " $* " == *" -max_total_time=60 "* ]] || exit 1
            echo "#12 DONE   cov: 3"; echo "stat::number_of_executed_units: 12" """)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertIn("no find in 60 seconds of each of: thing", ran.stdout.splitlines()[-1])
        self.assertNotIn("tests", ran.stdout)


unittest.main(argv=sys.argv[:1])
