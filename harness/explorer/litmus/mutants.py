#!/usr/bin/env python3
"""mutants.py [--build FOLDER] [--only TEXT]

Breaks the memory model in one way at a time, and says which tests of the catalogue notice. Exits 1
if one mutant passes them all. FOLDER (build/dev) holds a build of explorer_litmus_test; it is not
changed.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "ci"))
import one_mutant  # noqa: E402: found through the line above

FOLDER = "harness/explorer/"

MUTANTS = (
    ("membarrier does nothing", FOLDER + "memory_model.cc",
     "int threads) {\n  seq_cst_fence(t);", "int threads) {\n  if (threads > 0) return;\n  seq_cst_fence(t);"),
    ("seq_cst accesses are acq_rel", FOLDER + "memory_model.cc",
     "const bool seq_cst = is_seq_cst(order);", "const bool seq_cst = order != order;"),
    ("a seq_cst fence is acq_rel", FOLDER + "memory_model.cc",
     "if (is_seq_cst(order)) return seq_cst_fence(t);", ""),
    ("a read-modify-write ends the release sequence", FOLDER + "memory_model.cc",
     "sync.join(is_release(order)", "sync = (is_release(order)"),
    ("a plain store goes on with the release sequence", FOLDER + "memory_model.cc",
     "  if (rmw) {\n    sync =", "  {\n    sync ="),
    ("two read-modify-writes read one store", FOLDER + "engine_atomic.cc",
     "if (!location.feeds_rmw(k)) levels", "if (k >= 0) levels"),
    ("a load may go back behind what its thread has read", FOLDER + "memory_model.cc",
     "if (store.seen[t] == kNever) store.seen[t] = index;", ""),
    ("acquire loads are relaxed", FOLDER + "memory_model.cc",
     "(is_acquire(order) ? view.known : view.pending).join(store.sync)", "view.pending.join(store.sync)"),
    ("relaxed loads are acquire", FOLDER + "memory_model.cc",
     "(is_acquire(order) ? view.known : view.pending).join(store.sync)", "view.known.join(store.sync)"),
    ("relaxed stores are release", FOLDER + "memory_model.cc",
     "is_release(order) ? view.known : view.released", "view.known"),
    ("an acquire fence does nothing", FOLDER + "memory_model.cc",
     "if (is_acquire(order)) view.known.join(view.pending);", ""),
    ("a release fence does nothing", FOLDER + "memory_model.cc",
     "if (is_release(order)) view.released = view.known;", ""),
    ("the end of S's order is not kept for old stores", FOLDER + "memory_model.cc",
     "sc_.precede(sc_.closure(step.out), firsts);", ""),
    ("stores always come last in modification order", FOLDER + "engine_atomic.cc",
     "if (count > 1) level = levels[static_cast<unsigned>(choose(ChoiceKind::kPlace, count))];", ""),
)

one_mutant.main(MUTANTS, "explorer_litmus_test", ["--gtest_filter=*LitmusTest.Reaches*"],
                r"^\[  FAILED  \] \S*/(\w+), where", __doc__.split("\n\n", 1)[1])
