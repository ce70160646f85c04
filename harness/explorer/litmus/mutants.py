#!/usr/bin/env python3
"""mutants.py [--build FOLDER]

Breaks the memory model in one way at a time, and says which tests of the catalogue notice. Exits 1
if one mutant passes them all. FOLDER (build/dev) holds a build of explorer_litmus_test; it is not
changed.
"""

import argparse
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
FOLDER = ROOT / "harness/explorer"

MUTANTS = (
    ("membarrier does nothing", "memory_model.cc",
     "int threads) {\n  seq_cst_fence(t);", "int threads) {\n  if (threads > 0) return;\n  seq_cst_fence(t);"),
    ("seq_cst accesses are acq_rel", "memory_model.cc",
     "const bool seq_cst = is_seq_cst(order);", "const bool seq_cst = order != order;"),
    ("a seq_cst fence is acq_rel", "memory_model.cc",
     "if (is_seq_cst(order)) return seq_cst_fence(t);", ""),
    ("a read-modify-write ends the release sequence", "memory_model.cc",
     "sync.join(is_release(order)", "sync = (is_release(order)"),
    ("a plain store goes on with the release sequence", "memory_model.cc",
     "  if (rmw) {\n    sync =", "  {\n    sync ="),
    ("two read-modify-writes read one store", "engine_atomic.cc",
     "if (!location.feeds_rmw(k)) levels", "if (k >= 0) levels"),
    ("a load may go back behind what its thread has read", "memory_model.cc",
     "if (store.seen[t] == kNever) store.seen[t] = index;", ""),
    ("acquire loads are relaxed", "memory_model.cc",
     "(is_acquire(order) ? view.known : view.pending).join(store.sync)", "view.pending.join(store.sync)"),
    ("relaxed loads are acquire", "memory_model.cc",
     "(is_acquire(order) ? view.known : view.pending).join(store.sync)", "view.known.join(store.sync)"),
    ("relaxed stores are release", "memory_model.cc",
     "is_release(order) ? view.known : view.released", "view.known"),
    ("an acquire fence does nothing", "memory_model.cc",
     "if (is_acquire(order)) view.known.join(view.pending);", ""),
    ("a release fence does nothing", "memory_model.cc",
     "if (is_release(order)) view.released = view.known;", ""),
    ("the end of S's order is not kept for old stores", "memory_model.cc",
     "sc_.precede(sc_.closure(step.out), firsts);", ""),
    ("stores always come last in modification order", "engine_atomic.cc",
     "if (count > 1) level = levels[static_cast<unsigned>(choose(ChoiceKind::kPlace, count))];", ""),
)


def commands(build, target):
    """How ninja makes a target: one command a line."""
    lines = subprocess.run(["ninja", "-C", build, "-t", "commands", target], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    return lines


def run(command, build):
    subprocess.run(command, shell=True, check=True, cwd=build, stdout=subprocess.DEVNULL)


def failures_of(mutant, build, scratch):
    """Names of the tests that fail with this mutant."""
    _, name, old, new = mutant
    source = (FOLDER / name).read_text(encoding="utf-8")
    if old not in source:
        sys.exit(f"{name} no longer holds: {old}")
    (scratch / name).write_text(source.replace(old, new), encoding="utf-8")
    all_commands = commands(build, "explorer_litmus_test")
    compile_command = next(line for line in all_commands if f"/explorer/{name}" in line and " -c " in line)
    made = re.search(r" -o (\S+)", compile_command).group(1)
    compiled = scratch / pathlib.Path(made).name
    run(re.sub(r" -MD -MT \S+ -MF \S+", " -w", compile_command)
        .replace(str(FOLDER / name), str(scratch / name)).replace(f"-o {made}", f"-o {compiled}"), build)
    link = next(line for line in reversed(all_commands) if "-o harness/explorer/explorer_litmus_test" in line)
    # The object before the libraries: its symbols are then not looked for in the archive.
    program = scratch / "explorer_litmus_test"
    link = link.replace("-o harness/explorer/explorer_litmus_test", f"-o {program} {compiled}")
    run(link, build)
    log = subprocess.run([program, "--gtest_filter=*LitmusTest.Reaches*"], check=False,
                         capture_output=True, text=True).stdout
    return re.findall(r"^\[  FAILED  \] \S*/(\w+), where", log, re.MULTILINE)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[2])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/dev")
    build = parser.parse_args().build.resolve()
    survivors = 0
    for mutant in MUTANTS:
        with tempfile.TemporaryDirectory() as scratch:
            failed = sorted(set(failures_of(mutant, build, pathlib.Path(scratch))))
        survivors += not failed
        print(f"{mutant[0]}: {len(failed)} tests: {' '.join(failed[:4])}", flush=True)
    sys.exit(f"{survivors} mutants pass every test" if survivors else 0)


main()
