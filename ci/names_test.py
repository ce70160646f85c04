#!/usr/bin/env python3
"""ci/names_test.py <build folder>: `ctest -R x_test` finds what stands in x_test.cc, x_test.sh or
x_test.py, for each such file of the tree."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
# Tests of other presets: of release, and of asan.
ELSEWHERE = {"hot_paths_test", "rules_asan_test", "rules_poison_test"}


def main():
    listing = subprocess.run(["ctest", "--test-dir", sys.argv[1], "-N"], check=True,
                             capture_output=True, text=True).stdout
    names = re.findall(r"^ *Test +#\d+: (\S+)$", listing, re.MULTILINE)
    files = [path for suffix in ("cc", "sh", "py") for path in ROOT.glob(f"*/**/*_test.{suffix}")
             if "build" not in path.relative_to(ROOT).parts]
    lost = [path for path in files
            if path.stem not in ELSEWHERE and not any(path.stem in name for name in names)]
    for path in lost:
        print(f"{path.relative_to(ROOT)}: ctest -R {path.stem} finds nothing")
    if lost or len(files) < 100:
        sys.exit(f"FAILED: {len(lost)} of {len(files)} test files are not found")
    print(f"{len(files)} test files are found by their names")


main()
