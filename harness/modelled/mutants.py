#!/usr/bin/env python3
"""mutants.py [--build FOLDER] [--only TEXT]

Breaks the library's locking and ordering in one way at a time, and says which scenarios under the
explorer notice. Exits 1 if one mutant passes them all. FOLDER (build/dev) holds a build of
modelled_scenarios_test; it is not changed.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "ci"))
import one_mutant  # noqa: E402: found through the line above

EPOCHS = "lib/heap/allocator_epochs.cc"
ALLOCATOR = "lib/heap/allocator.cc"
RING = "lib/epoch/ring.cc"
WRITE = "lib/stats/segment_write.h"
LOCK = "  const Guard guard(mutex_);\n"

MUTANTS = (
    ("inc takes no lock", EPOCHS, LOCK + "  ring_.inc(epoch, site);", "  ring_.inc(epoch, site);"),
    ("dec takes no lock", EPOCHS, LOCK + "  ring_.dec(epoch);", "  ring_.dec(epoch);"),
    ("advance takes no lock", EPOCHS, "void Allocator::advance() {\n" + LOCK,
     "void Allocator::advance() {\n"),
    ("a free takes no lock", ALLOCATOR,
     "int Allocator::free(std::uint64_t handle) {\n  const CountingGuard guard(mutex_);\n"
     "  return free_found(store_.find(handle), guard.contended());",
     "int Allocator::free(std::uint64_t handle) {\n  return free_found(store_.find(handle), false);"),
    ("try_close looks at the count, then takes the lock", EPOCHS,
     LOCK + "  if (ring_.refcount(epoch) != 0) return EBUSY;",
     "  if (ring_.refcount(epoch) != 0) return EBUSY;\n" + LOCK),
    ("the state is looked at, then the lock taken", ALLOCATOR,
     "  const CountingGuard guard(mutex_);\n  return allocate_locked(bytes, epoch, guard.contended(), out);",
     "  if (!ring_.is_active(epoch)) return ESTALE;\n  const CountingGuard guard(mutex_);\n"
     "  const Object made = store_.allocate(bytes, epoch);\n  *out = made;\n"
     "  return made.address == nullptr ? ENOMEM : 0;"),
    ("the last one out closes after it let the lock go", EPOCHS,
     "int Allocator::release(IncarnationRef incarnation, bool close_at_zero) {\n" + LOCK +
     "  if (!ring_.stands(incarnation.epoch, incarnation.era)) {",
     "int Allocator::release(IncarnationRef incarnation, bool close_at_zero) {\n"
     "  if (close_at_zero) {\n    bool last = false;\n    {\n  " + LOCK +
     "      last = ring_.refcount(incarnation.epoch) == 1;\n    }\n    release(incarnation, false);\n  " +
     LOCK + "    if (last) close_locked(incarnation.epoch, Contents::kKeep);\n    return 0;\n  }\n" + LOCK +
     "  if (!ring_.stands(incarnation.epoch, incarnation.era)) {"),
    ("an epoch is current before it is open", RING,
     "  stats::open_incarnation(segment_, epoch, ++last_era_, now_ns, class_count);",
     "  put(segment_.current_epoch, epoch);\n"
     "  stats::open_incarnation(segment_, epoch, ++last_era_, now_ns, class_count);"),
    ("a reader's loads are relaxed", "lib/stats/segment_view.cc", "from[i].load(sync::kAcquire)",
     "from[i].load(sync::kRelaxed)"),
    ("a writer's stores are relaxed", WRITE, "word.store(value, sync::kRelease);",
     "word.store(value, sync::kRelaxed);", RING, EPOCHS, "lib/epoch/holders.cc"),
    ("a label is written in place", WRITE, "store_text(label.text[next & 1], text);",
     "store_text(label.text[(next & 1) ^ 1], text);", RING, EPOCHS),
    ("close leaves before it sends the empty slabs away", EPOCHS,
     "    given_back_bytes = store_.drain(epoch);", "    given_back_bytes = 0;"),
)

one_mutant.main(MUTANTS, "modelled_scenarios_test",
                ["--gtest_filter=*LibraryScenario*", "--gtest_fail_fast"],
                r"^\[  FAILED  \] \S*?(\w+)(?:, where|$| \()", __doc__.split("\n\n", 1)[1])
