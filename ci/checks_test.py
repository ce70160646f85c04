#!/usr/bin/env python3
"""Each check of this folder accepts a good tree and names the fault of a bad one."""

import json
import pathlib
import subprocess
import tempfile
import unittest

CI = pathlib.Path(__file__).resolve().parent
GOOD_TEST = "// R-2-1\nTEST(Claim, Holds) {}\n"


class Checks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run_check(self, name):
        done = subprocess.run([CI / name, "--root", self.root], capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stdout + done.stderr

    def accepts(self, name, *words):
        code, output = self.run_check(name)
        self.assertEqual(code, 0, output)
        for word in words:
            self.assertIn(word, output)

    def refuses(self, name, *words):
        code, output = self.run_check(name)
        self.assertEqual(code, 1, output)
        for word in words:
            self.assertIn(word, output)


class Coverage(Checks):
    """Two files of lib/: one all reached, one that misses a line and a condition."""

    def setUp(self):
        super().setUp()
        self.summary({"lib/base/a.cc": (0, 0, 0), "lib/heap/b.cc": (1, 0, 1), "/usr/include/c": (9, 9, 9)})
        self.write("ci/coverage_exceptions.txt", "# Why.\nlib/heap/b.cc 1 0 1 only on another kernel\n")

    def summary(self, missed_of):
        files = [{"filename": name, "summary": {
            measure: {"count": 10, "covered": 10 - missed}
            for measure, missed in zip(("lines", "branches", "mcdc"), missed_of_one)}}
                 for name, missed_of_one in missed_of.items()]
        self.write("summary.json", json.dumps({"data": [{"files": files}]}))

    def run_check(self, name):
        done = subprocess.run([CI / name, *self.arguments, "--root", self.root,
                               self.root / "summary.json"], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    arguments = ()

    def test_accepts_what_is_allowed_and_says_how_much_it_is(self):
        self.accepts("coverage_table.py", "heap/", "9 of 10   90.0%", "19 of 20   95.0%")

    def test_refuses_a_file_that_falls(self):
        self.summary({"lib/base/a.cc": (0, 1, 0), "lib/heap/b.cc": (1, 0, 2)})
        self.refuses("coverage_table.py", "lib/base/a.cc: 1 of 10 branches are not reached, at most 0",
                     "lib/heap/b.cc: 2 of 10 MC/DC conditions are not reached, at most 1")

    def test_refuses_an_exception_that_is_not_true_any_more(self):
        self.summary({"lib/heap/b.cc": (0, 0, 0)})
        self.refuses("coverage_table.py", "lib/heap/b.cc: an exception, but all of it is reached")
        self.summary({"lib/base/a.cc": (0, 0, 0)})
        self.refuses("coverage_table.py", "lib/heap/b.cc: an exception for a file that is not there")

    def test_refuses_an_exception_without_a_reason(self):
        self.write("ci/coverage_exceptions.txt", "lib/heap/b.cc 1 0 1\n")
        self.refuses("coverage_table.py", "line 1: not a path, three numbers and a reason")

    def test_refuses_a_summary_of_nothing(self):
        self.summary({"/usr/include/c": (0, 0, 0)})
        self.refuses("coverage_table.py", "nothing of lib/ in it")

    def test_records_the_numbers_and_keeps_the_reasons(self):
        self.summary({"lib/base/a.cc": (2, 0, 0), "lib/heap/b.cc": (0, 0, 1)})
        self.arguments = ("--record",)
        self.accepts("coverage_table.py")
        self.arguments = ()
        self.accepts("coverage_table.py")
        text = (self.root / "ci/coverage_exceptions.txt").read_text(encoding="utf-8")
        self.assertRegex(text, "lib/base/a.cc +2 +0 +0  not yet reached")
        self.assertRegex(text, "lib/heap/b.cc +0 +0 +1  only on another kernel")


class Rules(Checks):
    def setUp(self):
        super().setUp()
        self.write("lib/CONTRACT.md", "- **R-2-1** works. **R-2.1-2** (later) R-2-1 again.\n")
        self.write("lib/capi/a_test.cc", GOOD_TEST)

    def test_accepts_named_and_later_rules(self):
        self.accepts("rules", "1 rules", "1 for later")

    def test_accepts_a_test_of_a_later_rule_and_several_ids_in_a_line(self):
        self.write("lib/capi/a_test.cc", "// R-2-1 R-2.1-2\n// Why.\nTEST_F(Claim, Holds) {}\n")
        self.accepts("rules")

    def test_accepts_a_rule_named_by_a_script(self):
        self.write("lib/capi/a_test.cc", "")
        self.write("lib/tests/a_test.sh", "# R-2-1\ntrue\n")
        self.accepts("rules")

    def test_refuses_a_rule_without_a_test(self):
        self.write("lib/CONTRACT.md", "**R-2-1** and **R-2.2-2**\n")
        self.refuses("rules", "R-2.2-2 is named by no test")

    def test_refuses_an_id_that_stands_above_no_test(self):
        self.write("lib/capi/a_test.cc", "// R-2-1\n\nTEST(Claim, Holds) {}\n")
        self.refuses("rules", "R-2-1 is named by no test")

    def test_refuses_an_id_inside_prose_as_naming(self):
        self.write("lib/capi/a_test.cc", "// See R-2-1.\nTEST(Claim, Holds) {}\n")
        self.refuses("rules", "R-2-1 is named by no test")

    def test_refuses_an_unknown_id_anywhere(self):
        self.write("lib/capi/a.h", "// As R-9-9 says.\n")
        self.refuses("rules", "a.h:1: R-9-9 is not a rule")

    def test_refuses_a_contract_without_rules(self):
        self.write("lib/CONTRACT.md", "R-2-1\n")
        self.refuses("rules", "no rules found")


class Layers(Checks):
    def setUp(self):
        super().setUp()
        self.write("lib/heap/a.cc", '#include "memory/slab.h"\n#include "heap/a.h"\n'
                                    "#include <temporal_slab/slab_alloc.h>\n")

    def test_accepts_includes_in_order(self):
        self.accepts("layers", "3 includes")

    def test_accepts_anything_in_a_test(self):
        self.write("lib/base/a_test.cc", '#include <thread>\n#include "harness/golden.h"\n')
        self.accepts("layers")

    def test_accepts_threads_in_sync_and_in_the_programs(self):
        self.write("lib/sync/a.h", "#include <atomic>\n")
        self.write("lib/demo/a.cc", "#include <thread>\n")
        self.accepts("layers")

    def test_refuses_an_include_from_further_down(self):
        self.write("lib/base/a.h", '#include "heap/a.h"\n')
        self.refuses("layers", "base/ must not include from heap/")

    def test_refuses_render_and_heap_to_see_each_other(self):
        self.write("lib/heap/b.cc", '#include "render/json.h"\n')
        self.write("lib/render/b.cc", '#include "heap/a.h"\n')
        self.refuses("layers", "heap/ must not include from render/",
                     "render/ must not include from heap/")

    def test_refuses_render_to_see_memory(self):
        self.write("lib/render/b.cc", '#include "memory/slab.h"\n')
        self.refuses("layers", "render/ must not include from memory/")

    def test_refuses_an_include_from_the_checks(self):
        self.write("lib/heap/b.cc", '#include "harness/golden.h"\n')
        self.refuses("layers", "lib/ must not include from harness/")

    def test_refuses_an_include_without_folder(self):
        self.write("lib/heap/b.cc", '#include "a.h"\n')
        self.refuses("layers", '"a.h" names no folder')

    def test_refuses_a_public_header_in_quotes(self):
        self.write("lib/capi/b.cc", '#include "temporal_slab/slab_alloc.h"\n')
        self.refuses("layers", "public headers are included as <temporal_slab/slab_alloc.h>")

    def test_refuses_threads_outside_sync(self):
        self.write("lib/heap/b.cc", "#include <mutex>\n")
        self.refuses("layers", "<mutex> outside sync/")

    def test_refuses_the_clock_outside_sync(self):
        self.write("lib/sync/a.h", '#include "base/clock.h"\n')
        self.write("lib/heap/b.cc", '#include "base/clock.h"\n')
        self.refuses("layers", '"base/clock.h" outside sync/')

    def test_lets_the_explorer_in_at_one_place_of_sync(self):
        self.write("lib/sync/atomic.h", '#if TEMPORAL_SLAB_MODEL\n'
                   '#include "harness/modelled/primitives.h"\n#endif\n')
        self.accepts("layers")
        self.write("lib/sync/b.h", '#include "harness/modelled/primitives.h"\n')
        self.refuses("layers", "lib/ must not include from harness/")

    def test_refuses_sources_that_depend_on_the_model(self):
        self.write("lib/heap/b.cc", '#include "base/a.h"\n#if TEMPORAL_SLAB_MODEL\n#endif\n')
        self.refuses("layers", "TEMPORAL_SLAB_MODEL outside sync/")

    def test_refuses_the_http_library_outside_tslab(self):
        self.write("lib/render/b.cc", "#include <httplib.h>\n")
        self.refuses("layers", "<httplib.h> outside tslab/ and demo/")

    def test_refuses_a_folder_that_is_not_in_the_order(self):
        self.write("lib/extra/b.cc", "#include <vector>\n")
        self.refuses("layers", "extra/ has no place")

    def test_refuses_a_tree_without_includes(self):
        self.write("lib/heap/a.cc", "")
        self.refuses("layers", "no includes found")


class Style(Checks):
    def setUp(self):
        super().setUp()
        self.write(".clang-format", "BasedOnStyle: Google\n")
        self.write("lib/heap/CMakeLists.txt", "target_sources(core PRIVATE a.cc)\n")
        self.write("lib/heap/a.cc", "int a = 1;\n")

    def test_accepts_good_form(self):
        self.accepts("style", "2 files in order")

    def test_refuses_what_clang_format_would_change(self):
        self.write("lib/heap/a.cc", "int  a = 1;\n")
        self.refuses("style", "a.cc:1:4", "clang-format")

    def test_refuses_unfinished_marks(self):
        for mark in ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"):
            self.write("lib/heap/a.cc", f"int a = 1;  // {mark}\n")
            self.refuses("style", "a.cc:1: unfinished mark")

    def test_refuses_skipped_tests(self):
        for skip in ("GTEST" + "_SKIP();", "TEST(A, DIS" + "ABLED_B);"):
            self.write("lib/heap/a.cc", f"{skip}\n")
            self.refuses("style", "a.cc:1: skipped test")

    def test_refuses_a_sleep_in_a_test_alone(self):
        nap = "us" + "leep(1);\n"
        self.write("lib/heap/a.cc", nap)
        self.accepts("style")
        self.write("stress/a.h", nap)
        self.refuses("style", "a.h:1: sleep in a test")

    def test_refuses_a_source_that_nothing_builds(self):
        self.write("lib/heap/b.cc", "int b = 1;\n")
        self.refuses("style", "b.cc: no CMakeLists.txt or *.cmake builds it")

    def test_refuses_a_tree_without_sources(self):
        (self.root / "lib/heap/a.cc").unlink()
        self.refuses("style", "no sources found")


if __name__ == "__main__":
    unittest.main()
