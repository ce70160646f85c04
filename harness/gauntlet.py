#!/usr/bin/env python3
"""gauntlet.py [--build FOLDER] [--only TEXT] [--seconds N]

Breaks lib/ in one way of the gauntlet at a time, and says which of the state machines
(property_machines, its seed of every day) and seconds of stress (mixed) notice, and how soon; of what
takes two calls at one moment, whether the explorer (modelled_scenarios_test) does. Prints the table in
README.md; exits 1 if nothing notices a fault. FOLDER (build/dev) holds a build of all of them; it is not
changed.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "ci"))
import one_mutant  # noqa: E402: found through the line above

RING = "lib/epoch/ring.cc"
REFERENCES = "lib/heap/allocator_references.cc"
EPOCHS = "lib/heap/allocator_epochs.cc"
ALLOCATOR = "lib/heap/allocator.cc"
HEAP = "lib/heap/heap.cc"
HEAP_H = "lib/heap/heap.h"
STORE = "lib/heap/slab_store.cc"
SLAB_H = "lib/memory/slab.h"
SLABS = ("lib/heap/slab_cache.cc", HEAP, STORE)
WRITE = "lib/stats/segment_write.h"
OBJECT_CALLS = ("lib/capi/object_api.cc", "lib/heap/allocator_sections.cc")
GONE = "    count(GlobalCounter::k_stale_releases);\n    return ESTALE;\n  }\n"
MOST_SECONDS = 600
FAILED = r"^\[  FAILED  \] (\S+?\.\w+)"
NEVER = r"(?!)"

# Number and text, file, what is replaced, by what, sources that a header is compiled into.
FAULTS = (
    ("1 a dec at 0 wraps", RING, "    return false;\n  }\n  holders.drop();",
     "    add(record(epoch).refcount, ~std::uint64_t{0});\n    return false;\n  }\n  holders.drop();"),
    ("2 an epoch with references is not stepped over", RING,
     "if (refcount(candidate) == 0) return candidate;", "return candidate;"),
    ("3 an older incarnation's release takes a reference of the new one", REFERENCES,
     "  if (!ring_.stands(incarnation.epoch, incarnation.era)) {\n" + GONE + "  return references_.drop",
     "  return references_.drop"),
    ("4 auto_close closes the incarnation that now has the number", REFERENCES,
     "  if (!ring_.stands(epoch, incarnation.era)) {\n" + GONE, ""),
    ("5 auto_close looks at its own reference only", REFERENCES,
     "if (ring_.refcount(epoch) == 0 && ring_.is_active(epoch))", "if (ring_.is_active(epoch))"),
    ("7 epoch_current is unreduced after sixteen advances", "lib/capi/epoch_api.cc",
     "current_epoch.load(temporal_slab::sync::kAcquire));",
     "current_epoch.load(temporal_slab::sync::kAcquire) +\n"
     "      16 * (inner(allocator)->segment().epochs[0].version.load(temporal_slab::sync::kRelaxed) != 0));"),
    ("8 the epoch that was left stays ACTIVE", EPOCHS, "  if (first) ring_.close(epoch, now_ns);\n", ""),
    ("10 the label of the former incarnation stays", WRITE, "  write_label(fresh.label, {});\n",
     "  write_label(fresh.label, {reinterpret_cast<const char*>(\n"
     "      &old.label.text[get(old.label.version) & 1].words[0]), 3});\n", RING),
    ("11 close_madvise_bytes is not reset", WRITE, "  put(fresh.close_madvise_bytes, 0);\n", "", RING),
    ("15 an object is born in a closed epoch", ALLOCATOR, "  if (!ring_.is_active(epoch)) {", "  if (false) {"),
    ("16, 18 close leaves heaps the slabs of the epoch", EPOCHS, "  store_.take_from_heaps(epoch);\n", ""),
    ("17 close leaves what is empty where it is", EPOCHS, "given_back_bytes = store_.drain(epoch);", ""),
    ("17 a slab of a closed epoch that drains stays", STORE,
     "    heaps_.at(number).free(slab, found.slot);\n    put_emptied();\n",
     "    heaps_.at(number).free(slab, found.slot);\n"),
    ("19 a slab is thought empty one object too soon", HEAP, "  if (slab->busy == 0) emptied(slab);",
     "  if ((slab->busy & (slab->busy - 1)) == 0) emptied(slab);"),
    ("22 a slot's next object has the handle of the last", HEAP_H,
     "memory::SlotWord(1, memory::SlotState::kFree)", "memory::SlotWord(0, memory::SlotState::kFree)", *OBJECT_CALLS),
    ("23 a handle of another allocator is accepted", "lib/heap/allocator_frees.h",
     "  if (slab->identity.load(sync::kAcquire) != identity_ ||\n",
     "  if (slab->identity.load(sync::kAcquire) == 0 ||\n", *OBJECT_CALLS),
    ("24 a slab that comes back begins at its last generations", SLAB_H,
     "    has_retired = sync::raise_own(", "    if (epoch > 255) has_retired = sync::raise_own(", *SLABS),
    ("25 two frees of one object by others are two", HEAP,
     "  if (!slab->atomic_word(slot).compare_exchange_strong(expected, freed.bits(), sync::kRelease,\n"
     "                                                       sync::kRelaxed))\n"
     "    return RemoteFree::kLost;\n",
     "  expected = 0;\n  slab->atomic_word(slot).store(freed.bits(), sync::kRelease);\n"),
    ("26 a hint frees whatever has the slot", HEAP,
     "if (slab->word(slot).state() == SlotState::kFreedRemotely) {",
     "if (slab->word(slot).state() != SlotState::kFree) {"),
    ("27 a slab is unlinked from the wrong list", HEAP, "    cell.full.remove(slab);\n    cell.partial.push_front(slab);\n",
     "    cell.partial.remove(slab);\n    cell.partial.push_front(slab);\n"),
    ("30 objects of the new era in an old era's slab", STORE,
     "      while (Slab* const slab = list->pop_front()) carried_.push_front(slab);\n", "      (void)list;\n"),
    ("31 the inner domain's exit forgets the outer", "lib/epoch/scope_stack.h", "void pop() { --depth_; }",
     "void pop() { depth_ = 0; }", "lib/capi/domain_api.cc"),
    ("33 a thread that ends takes its references along", ALLOCATOR, "  references_.settle(*heap);\n", ""),
    ("33 what a thread that ends has counted is lost", "lib/heap/heaps.cc", "  heap.owner_thread_ = 0;\n",
     "  heap.owner_thread_ = 0;\n"
     "  for (auto& of_epoch : segment_.heaps[heap.number()].cells)\n"
     "    for (auto& cell : of_epoch) stats::put(cell.allocs, stats::get(cell.frees));\n"),
    ("36 frees by others are not counted", HEAP, "  add(counted(cell_number).frees, 1);\n", ""),
    ("max_bytes is exceeded", "lib/memory/page_heap.h",
     "return mapped_pages_ <= max_pages_ && pages <= max_pages_ - mapped_pages_;",
     "return mapped_pages_ <= max_pages_ && pages <= max_pages_;", STORE, "lib/heap/slab_cache.cc", "lib/memory/page_heap.cc"),
)

# Faults that only calls at the same moment meet, and who makes those.
EXPLORER = ("modelled_scenarios_test", "--gtest_filter=*HoldsUnderEverySchedule*", "--gtest_fail_fast")
AT_ONCE = {"25": EXPLORER, "26": EXPLORER}


def judge(program, arguments, pattern):
    """What noticed, after how many programs, in how many seconds; None: nothing did."""
    begin = time.monotonic()
    try:
        log = subprocess.run([program, *arguments], check=False, capture_output=True, text=True,
                             errors="replace", timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired:
        return f"hangs, {MOST_SECONDS} s"
    seconds = time.monotonic() - begin
    if log.returncode == 0:
        return None
    named = re.search(pattern, log.stdout, re.MULTILINE)
    after = re.search(r"Falsifiable after (\d+) tests?", log.stdout)
    what = f"`{named[1]}`" if named else "refused" if log.returncode == 1 else "ends the process"
    return ", ".join([what] + ([f"{after[1]} programs"] if after else []) + [f"{seconds:.1f} s"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[1])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/dev",
                        help="a folder with a build of both programs (build/dev)")
    parser.add_argument("--only", default="", help="faults whose text has this")
    parser.add_argument("--seconds", default="20", help="of stress (20)")
    options = parser.parse_args()
    chosen = [fault for fault in FAULTS if options.only in fault[0]]
    if not chosen:
        sys.exit(f"no fault's text has \"{options.only}\"")
    print("| fault | state machines | stress | explorer |\n| --- | --- | --- | --- |")
    survivors = 0
    for fault in chosen:
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)

            def program(target, fault=fault, folder=folder):
                return one_mutant.broken(fault, options.build.resolve(), target, folder)

            stress = ["--scenario", "mixed", "--seconds", options.seconds, "--seed", "1"]
            seen = [judge(program("property_machines"), ["--gtest_fail_fast"], FAILED),
                    judge(program("temporal_slab_stress"), stress, NEVER)]
            beside, *arguments = AT_ONCE.get(fault[0].split()[0], [None])
            seen.append(judge(program(beside), arguments, FAILED) if beside else None)
        survivors += not any(seen)
        print(f"| {fault[0]} | {' | '.join(what or '' for what in seen)} |", flush=True)
    sys.exit(f"{survivors} faults are noticed by nothing" if survivors else 0)


main()
