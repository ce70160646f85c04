#!/usr/bin/env python3
"""mutants.py [--build FOLDER] [--only TEXT]

Breaks one order, fence, barrier or wait of a mechanism at a time, and says which scenario of the
explorer notices. Exits 1 if one mutant passes them all. FOLDER (build/dev) holds a build of
modelled_mechanisms_test; neither it nor the sources are changed.

Not here: a compiler barrier, which the explorer cannot miss, because it runs operations in the
program's order.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from mutant_list import MUTANTS

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROGRAM = "harness/modelled/mechanisms/modelled_mechanisms_test"


def commands(build):
    """How ninja makes the program: one command a line."""
    return subprocess.run(["ninja", "-C", build, "-t", "commands", PROGRAM], check=True,
                          capture_output=True, text=True).stdout.splitlines()


def run(command, build):
    done = subprocess.run(command, shell=True, check=False, cwd=build, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command}\n{done.stdout}{done.stderr}")


def text_of(mutant):
    """The mutant's file, broken."""
    source = (ROOT / "lib" / mutant.file).read_text(encoding="utf-8")
    if source.count(mutant.old) <= mutant.which:
        sys.exit(f"{mutant.file} no longer holds {mutant.which + 1} times: {mutant.old}")
    parts = source.split(mutant.old)
    at = mutant.which + 1
    return mutant.old.join(parts[:at]) + mutant.new + mutant.old.join(parts[at:])


def patched(mutant, scratch):
    """A copy of that below `scratch`, by its name as others include it."""
    copy = scratch / mutant.file
    copy.parent.mkdir(parents=True)
    copy.write_text(text_of(mutant), encoding="utf-8")
    return copy


def compile_again(line, mutant, copy, scratch, build):
    """Compiles one source against the copy; gives the object that was and the one that is."""
    made = re.search(r" -o (\S+)", line).group(1)
    compiled = scratch / (re.sub(r"\W", "_", made) + ".o")
    line = re.sub(r" -MD -MT \S+ -MF \S+", "", line).replace(f"-o {made}", f"-w -o {compiled}")
    line = line.replace(f"-I{ROOT}/lib ", f"-I{scratch} -I{ROOT}/lib ")
    run(line.replace(f"{ROOT}/lib/{mutant.file}", str(copy)), build)
    return made, compiled


def failure_of(mutant, build):
    """Name of the first scenario that fails with this mutant."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        copy = patched(mutant, scratch)
        lines = commands(build)
        link = next(line for line in lines if f"-o {PROGRAM} " in line)
        for line in lines:
            if "/temporal_slab_mechanisms" in line and " -c " in line \
                    and any(name in line for name in mutant.compiled):
                made, compiled = compile_again(line, mutant, copy, scratch, build)
                link = link.replace(made, str(compiled))
        program = scratch / "mechanisms_test"
        run(link.replace(f"-o {PROGRAM} ", f"-o {program} "), build)
        log = subprocess.run([program, "--gtest_fail_fast", f"--gtest_filter={mutant.tests}*-*InAllWays"],
                             check=False, capture_output=True, text=True).stdout
    failed = re.search(r"^\[  FAILED  \] \S*/(\w+)", log, re.MULTILINE)
    return failed.group(1) if failed else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[2])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/dev")
    parser.add_argument("--only", default="", help="mutants with this in their file or name")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    mutants = [mutant for mutant in MUTANTS if arguments.only in f"{mutant.file}: {mutant.name}"]
    for mutant in mutants:
        text_of(mutant)  # ends here if the list is no longer that of the sources
    survivors = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for mutant, failed in zip(mutants, pool.map(lambda m: failure_of(m, build), mutants)):
            survivors += failed is None
            print(f"{mutant.file}: {mutant.name}: {failed or 'NOT NOTICED'}", flush=True)
    if not mutants:
        sys.exit("no mutants")
    sys.exit(f"{survivors} mutants pass every scenario" if survivors else 0)


main()
