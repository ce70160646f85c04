#!/usr/bin/env python3
"""mutants.py [--build FOLDER] [--only TEXT]

Breaks the library's locking and ordering, and where it writes, in one way at a time, and says which
scenarios under the explorer notice. Exits 1 if one mutant passes them all. FOLDER (build/dev) holds a
build of modelled_scenarios_test, modelled_fast_paths_test and rules_busy_close_test; it is not changed.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "ci"))
import one_mutant  # noqa: E402: found through the line above

EPOCHS = "lib/heap/allocator_epochs.cc"
REFERENCES = "lib/heap/allocator_references.cc"
COUNTED = "lib/heap/references.cc"
COUNTING = "lib/heap/references.h"
REFERENCE_CALLS = ("lib/capi/epoch_api.cc", "lib/capi/domain_api.cc", REFERENCES)
READER = "lib/stats/segment_reader.cc"
ALLOCATOR = "lib/heap/allocator.cc"
RING = "lib/epoch/ring.cc"
HEAP = "lib/heap/heap.cc"
HEAPS = "lib/heap/heaps.cc"
HEAPS_H = "lib/heap/heaps.h"
SECTIONS = "lib/heap/allocator_sections.cc"
STORE = "lib/heap/slab_store_heaps.cc"
STORE_H = "lib/heap/slab_store.h"
TAKING = "lib/heap/slab_store_taking.cc"
PAGES = "lib/memory/page_heap.cc"
WRITE = "lib/stats/segment_write.h"
LOCK = "  const Call call(*this);\n"

MUTANTS = (
    ("inc takes no lock", REFERENCES, "  prepare_to_join();\n" + LOCK + "  hold_locked(epoch, site);\n}",
     "  hold_locked(epoch, site);\n}"),
    ("dec takes no lock", REFERENCES, LOCK + "  references_.drop(epoch);", "  references_.drop(epoch);"),
    ("who counts does not see that it is stopped", COUNTING,
     "  if (!section.open() || !which.is_of(counts, epoch)) [[unlikely]]",
     "  if (!which.is_of(counts, epoch)) [[unlikely]]", *REFERENCE_CALLS),
    ("who drops does not see that it is stopped", COUNTING,
     "  if (!section.open() || !which.is_of(counts, epoch) ||", "  if (!which.is_of(counts, epoch) ||",
     *REFERENCE_CALLS),
    ("a count that is under way is not waited for", "lib/heap/reference_counts.h",
     "for (std::uint32_t armed = armed_; armed != 0;",
     "for (std::uint32_t armed = 0; armed != 0;", HEAPS),
    ("what is below the floor is one's own", COUNTING, "counts.floor(epoch) + at_least", "at_least",
     *REFERENCE_CALLS),
    ("what is current is looked at once", COUNTING,
     "!section.open() || current.load(sync::kRelaxed) != epoch ||", "!section.open() ||",
     *REFERENCE_CALLS),
    ("heaps count for an incarnation that is gone", EPOCHS, "  references_.retire(next);\n", ""),
    ("who is charged counts on as before", COUNTED, "      disarm(epoch);\n", ""),
    ("an own drop under the mutex leaves the floor", COUNTED,
     "heap != nullptr) heap->references().disarm(epoch);",
     "heap == nullptr) heap->references().disarm(epoch);"),
    ("a drop of what others count stops nobody", COUNTED, "    stop.emplace(heaps_);\n", ""),
    ("a thread that ends leaves its count to the heap", ALLOCATOR,
     "  references_.settle(*heap);\n", ""),
    ("try_close looks while others count", EPOCHS,
     "  const Heaps::Stop stop(store_.heaps());\n  if (ring_.refcount(epoch) != 0) return std::nullopt;",
     "  if (ring_.refcount(epoch) != 0) return std::nullopt;\n"
     "  const Heaps::Stop stop(store_.heaps());"),
    ("an exit looks while others count", REFERENCES,
     "    const Heaps::Stop stop(store_.heaps());\n    dropped = references_.drop(epoch);\n",
     "    dropped = references_.drop(epoch);\n    const bool last = ring_.refcount(epoch) == 0;\n"
     "    const Heaps::Stop stop(store_.heaps());\n"
     "    if (last && ring_.is_active(epoch)) leaving = begin_to_close(epoch);\n"
     "    if (epoch < 16) { if (leaving) leave(*leaving, Contents::kKeep); return dropped ? 0 : EINVAL; }\n"),
    ("no fence before counts are read", READER, "  sync::full_fence();\n", ""),
    ("no fence before a look", "lib/capi/epoch_api.cc", "  temporal_slab::sync::full_fence();\n", ""),
    ("counts are read once", READER,
     "    if (segment.heaps[i].held[epoch].refs.load(sync::kAcquire) != counts[i]) return false;\n",
     "    if (counts[i] == ~std::uint64_t{0}) return false;\n"),
    ("counts are compared without their versions", READER,
     "if (segment.heaps[i].held[epoch].refs.load(sync::kAcquire) != counts[i])",
     "if (held_count(segment.heaps[i].held[epoch].refs.load(sync::kAcquire)) != held_count(counts[i]))"),
    ("advance takes no lock", EPOCHS, "void Allocator::advance() {\n" + LOCK,
     "void Allocator::advance() {\n"),
    ("a free takes no lock", ALLOCATOR,
     "int Allocator::free(std::uint64_t handle) {\n  prepare_to_join();\n  const Call call(*this);\n"
     "  return free_found(store_.find(handle), call.contended());",
     "int Allocator::free(std::uint64_t handle) {\n  return free_found(store_.find(handle), false);"),
    ("try_close looks at the count, then takes the lock", EPOCHS,
     LOCK + "  const auto leaving = begin_to_close_if_free(epoch);\n  if (!leaving) return EBUSY;\n"
     "  leave(*leaving, Contents::kKeep);",
     "  if (ring_.refcount(epoch) != 0) return EBUSY;\n" + LOCK +
     "  leave(stop_and_begin_to_close(epoch), Contents::kKeep);"),
    ("the state is looked at, then the lock taken", ALLOCATOR,
     "  const Call call(*this);\n  join_locked();\n  return allocate_locked(bytes, epoch, call.contended(), out);",
     "  if (!ring_.is_active(epoch)) return ESTALE;\n  const Call call(*this);\n  join_locked();\n"
     "  const Object made = store_.allocate(bytes, epoch);\n  *out = made;\n"
     "  return made.address == nullptr ? ENOMEM : 0;"),
    ("the last one out closes after it let the lock go", REFERENCES,
     "  std::optional<Leaving> leaving;\n  {\n",
     "  const bool last = ring_.refcount(epoch) == 1;\n  mutex_.unlock();\n  release(incarnation);\n"
     "  mutex_.lock();\n  if (last) leave(stop_and_begin_to_close(epoch), Contents::kKeep);\n"
     "  if (epoch < 16) return 0;\n  std::optional<Leaving> leaving;\n  {\n"),
    ("an epoch is current before it is open", RING,
     "  stats::open_incarnation(segment_, epoch, ++last_era_, now_ns, class_count);",
     "  put(segment_.current_epoch, epoch);\n"
     "  stats::open_incarnation(segment_, epoch, ++last_era_, now_ns, class_count);"),
    ("a reader's loads are relaxed", "lib/stats/segment_view.cc", "from[i].load(sync::kAcquire)",
     "from[i].load(sync::kRelaxed)"),
    ("a writer's stores are relaxed", WRITE, "word.store(value, sync::kRelease);",
     "word.store(value, sync::kRelaxed);", RING, EPOCHS, REFERENCES, "lib/epoch/holders.cc"),
    ("a label is written in place", WRITE, "store_text(label.text[next & 1], text);",
     "store_text(label.text[(next & 1) ^ 1], text);", RING, EPOCHS),
    ("nobody is stopped", HEAPS, "  state_.store(state_.load(sync::kRelaxed) | kStopped, sync::kRelaxed);\n", ""),
    ("sections that are open are not waited for", HEAPS, "sync::revoke(bias_, count_,",
     "sync::revoke(bias_, 0,"),
    ("the others go on before all is done", HEAPS, "& ~kStopped, sync::kRelease);",
     "& ~kStopped, sync::kRelaxed);"),
    ("a section does not see what the stopper did", HEAPS_H,
     "state_(heaps.state_.load(sync::kAcquire))", "state_(heaps.state_.load(sync::kRelaxed))",
     SECTIONS, "lib/capi/object_api.cc"),
    ("an epoch is CLOSING before its heaps know", EPOCHS,
     "  store_.take_from_heaps(epoch);\n  if (first) ring_.close(epoch);\n",
     "  store_.heaps().go_on();\n  if (first) ring_.close(epoch);\n  store_.heaps().stop();\n"
     "  store_.take_from_heaps(epoch);\n"),
    ("a heap keeps its slabs when the epoch closes", EPOCHS,
     "  store_.take_from_heaps(epoch);\n", ""),
    ("an epoch that was never closed is opened under its heaps", "lib/heap/slab_store_epochs.cc",
     "  take_from_heaps(epoch);\n  close_slabs(epoch, false);", "  close_slabs(epoch, false);"),
    ("a remote free is a plain store", HEAP,
     "  if (!slab->atomic_word(slot).compare_exchange_strong(expected, freed.bits(), sync::kRelease,\n"
     "                                                       sync::kRelaxed))\n"
     "    return RemoteFree::kLost;\n",
     "  if (slab->word(slot).bits() != expected) return RemoteFree::kLost;\n"
     "  slab->set_word(slot, freed);\n"),
    ("what was freed remotely has no bit", HEAP, "slab->remote.fetch_or(bit, sync::kAcqRel)",
     "slab->remote.load(sync::kRelaxed)"),
    ("the bit is set by relaxed", HEAP, "slab->remote.fetch_or(bit, sync::kAcqRel)",
     "slab->remote.fetch_or(bit, sync::kRelaxed)"),
    ("what is pushed is pushed by relaxed", HEAP, "slab, sync::kRelease, sync::kRelaxed)) break;",
     "slab, sync::kRelaxed, sync::kRelaxed)) break;"),
    ("a free takes what it finds, not what it was told", STORE,
     "    if (slab->word(slot).bits() == found.word.bits()) {",
     "    const Found& was = found;\n    const struct { SlotWord word; } found{slab->word(was.slot)};\n"
     "    if (found.word.state() == SlotState::kLive) {"),
    ("bits are believed, not words", STORE, "slab->word(slot).state() == SlotState::kFreedRemotely)",
     "true)"),
    ("a second free of one object stays counted", STORE,
     "      sub(heap.words(*slab).frees, 1);\n", ""),
    ("a bit that was set is counted again", HEAP,
     "  if ((before & bit) != 0) return RemoteFree::kCountedBefore;\n", ""),
    ("what others freed is collected by relaxed", STORE, "slab->remote.exchange(0, sync::kAcqRel)",
     "slab->remote.exchange(0, sync::kRelaxed)"),
    ("a heap's slabs have an owner when it is gone", TAKING,
     "  slab->owner.store(0, sync::kRelaxed);\n  cell(*slab)", "  cell(*slab)"),
    ("a thread's end stops nobody", TAKING,
     "void SlabStore::abandon(Heap& heap) {\n  const Heaps::Stop stop(heaps_);\n",
     "void SlabStore::abandon(Heap& heap) {\n"),
    ("a heap's empty slabs stay its own when the epoch closes", TAKING,
     "    while (Slab* const slab = lists.empty.front()) {\n      heap.take_empty(slab);\n"
     "      take_in(slab, SlabKind::kEmpty);\n    }\n", ""),
    ("empty slabs are taken from heaps that run", TAKING,
     "  cold_pages_since_ = 0;\n  const Heaps::Stop stop(heaps_);\n", "  cold_pages_since_ = 0;\n"),
    ("a slab stays empty without room", HEAP,
     "  if (room_pages_ < slab.pages()) return false;\n", ""),
    ("an empty slab that is used again is not room again", HEAP,
     "  room_pages_ += slab->pages();\n", ""),
    ("a slab that becomes empty stays in the list of partial ones", HEAP,
     "  if (slab->live == 0)\n    put_empty(slab);\n  else\n", ""),
    ("close leaves before it sends the empty slabs away", EPOCHS,
     "    given_back_bytes = store_.drain(epoch);", "    given_back_bytes = 0;"),
    ("what heaps keep empty is not counted", STORE_H, "attached_empty_pages_ + kept_pages_ + ",
     "attached_empty_pages_ + ", "lib/heap/slab_store.cc", STORE),
    ("an owner keeps an empty slab whatever is kept", STORE,
     "  if (!may_retain(slab.pages())) return false;\n", ""),
    ("what was kept counts on when an epoch closes", TAKING,
     "    keep_no_more(heap, epoch, i);\n    if (Slab*", "    if (Slab*"),
    ("a slab that leaves is counted as still there", "lib/heap/slab_store.cc",
     "  if (kind == SlabKind::kEmpty) attached_empty_pages_ -= slab->pages();\n  if (slab->is_large())",
     "  if (slab->is_large())"),
)

# Of lines of memory that fast paths share: fast_paths_test.cc is asked.
LINES = (
    ("descriptors of slabs lie on one line", "lib/memory/record_pool.cc",
     "bytes % kCacheLineBytes == 0 ? kCacheLineBytes : 8;", "8;"),
    ("all allocations are counted in one word", "lib/heap/allocator.h",
     "    return heap->allocate_plainly(",
     "    count(stats::GlobalCounter::k_stale_frees);\n"
     "    return heap->allocate_plainly(", "lib/capi/object_api.cc"),
    ("the next slab is gone to with the mutex", SECTIONS, "  if (!section.open() || !heap->allocate(epoch,",
     "  if (section.open() || !heap->allocate(epoch,"),
    ("who takes pages writes where frees look", PAGES, "  region->in_use += pages;\n",
     "  region->in_use += pages;\n  *const_cast<volatile std::uint32_t*>(&region->number) = region->number;\n"),
)

# Who is asked first, so that it takes seconds: then everybody, if they notice nothing.
FIRST = {
    "who counts does not see that it is stopped": "OwnCountBesideAnothersDec",
    "who drops does not see that it is stopped": "OwnCountBesideAnothersDec",
    "a count that is under way is not waited for": "OwnCountBesideAnothersDec",
    "what is below the floor is one's own": "ThreadEndsBesideAnothersCount",
    "what is current is looked at once": "AcquireAgainBesideAdvance",
    "heaps count for an incarnation that is gone": "OwnCountBesideAdvanceToIt",
    "no fence before counts are read": "OwnCountsComeBeforeGets",
    "no fence before a look": "OwnCountsComeBeforeLooks",
    "counts are read once": "WhatIsHandedOverIsNeverNone",
    "counts are compared without their versions": "WhatIsHandedOverIsNeverNone",
    "who is charged counts on as before": "OwnCountBesideAnothersDec",
    "an own drop under the mutex leaves the floor": "OwnDropsBesideTryClose",
    "a drop of what others count stops nobody": "OwnCountBesideAnothersDec",
    "a thread that ends leaves its count to the heap": "ThreadEndsBesideAnothersCount",
    "try_close looks while others count": "TryCloseBesideOwnCount",
    "an exit looks while others count": "ExitBesideOwnCount",
    "try_close looks at the count, then takes the lock": "TryCloseBesideAcquire",
    "the state is looked at, then the lock taken": "DiscardBesideAlloc",
    "the last one out closes after it let the lock go": "LastTwoDomainsExit",
    "a reader's loads are relaxed": "LabelReaderBesideAdvance",
    "a writer's stores are relaxed": "LabelReaderBesideAdvance",
    "close leaves before it sends the empty slabs away": "FreeBesideClose",
    "a label is written in place": "LabelsBesideReader",
    "a heap keeps its slabs when the epoch closes": "CloseBesideOwner",
    "nobody is stopped": "CloseBesideOwner",
    "sections that are open are not waited for": "CloseBesideOwner",
    "the others go on before all is done": "CloseBesideOwner",
    "a section does not see what the stopper did": "CloseBesideOwner",
    "an epoch is CLOSING before its heaps know": "CloseBesideOwnerWhoLooks",
    "an epoch that was never closed is opened under its heaps": "FirstTurnBesideOwner",
    "a free takes what it finds, not what it was told": "OwnerGivesOutAnewBesideAnotherWithoutAHeap",
    "a remote free is a plain store": "TwoOthersFreeOneObject",
    "what was freed remotely has no bit": "OwnerAllocatesBesideAnotherWhoFrees",
    "the bit is set by relaxed": "OwnerCollectsBesideAnotherWhoFrees",
    "what is pushed is pushed by relaxed": "OwnerCollectsBesideAnotherWhoFrees",
    "bits are believed, not words": "OwnerAndAnotherFreeOneObject",
    "a second free of one object stays counted": "OwnerAndAnotherFreeOneObject",
    "a bit that was set is counted again": "OwnerAndAnotherFreeTwice",
    "what others freed is collected by relaxed": "OwnerCollectsBesideAnotherWhoFrees",
    "a heap's slabs have an owner when it is gone": "CloseBesideOwner",
    "what heaps keep empty is not counted": "TwoOwnersAndOnePlace",
    "an owner keeps an empty slab whatever is kept": "TwoOwnersAndOnePlace",
    "what was kept counts on when an epoch closes": "AnotherTakesWhatAnOwnerKeeps",
    "a slab that leaves is counted as still there": "AThreadLeavesWhatItKept",
    "a thread's end stops nobody": "ThreadEndsBesideAnotherWhoFrees",
    "a heap's empty slabs stay its own when the epoch closes": "CloseBesideOwnerOfAnEmptySlab",
    "empty slabs are taken from heaps that run": "AnotherTakesAnEmptySlabBesideItsOwner",
    "a slab stays empty without room": "CloseBesideOwnerWhoEmptiesASlab",
    "an empty slab that is used again is not room again": "AnotherTakesAnEmptySlabBesideItsOwner",
    "a slab that becomes empty stays in the list of partial ones": "CloseBesideOwnerWhoEmptiesASlab",
}


# Of what goes back to the system: real threads and the kernel are asked, by rules_busy_close_test.cc.
GIVEN_BACK = (
    ("each page is given back by a call of its own", PAGES, "const auto run = region.pending.take_lowest_run();",
     "const struct { std::uint32_t first, count; } run{region.pending.take_lowest(), 1};"),
    ("what was given back is written before it is used again", PAGES,
     "    observer.on_call(region.entries[run.first].class_index(), !given);\n",
     "    observer.on_call(region.entries[run.first].class_index(), !given);\n"
     "    *const_cast<volatile std::byte*>(region.page_memory(run.first)) = std::byte{0};\n"),
    ("the reserve takes whatever comes", "lib/heap/slab_store.cc",
     "floor <= memory::kMaxGeneration && may_retain(pages)) {", "floor <= memory::kMaxGeneration) {"),
)


def target(text):
    """The program that is asked about a mutant."""
    for program, mutants in (("modelled_fast_paths_test", LINES), ("rules_busy_close_test", GIVEN_BACK)):
        if text in {mutant[0] for mutant in mutants}:
            return program
    return "modelled_scenarios_test"


def arguments(text):
    """For one mutant, narrow first."""
    if target(text) != "modelled_scenarios_test":
        return [[]]
    filters = [f"*HoldsUnderEverySchedule/{FIRST[text]}:*.{FIRST[text]}"] if text in FIRST else []
    return [[f"--gtest_filter={each}", "--gtest_fail_fast"] for each in filters + ["*Scenario*:ReferenceOrders.*"]]


one_mutant.main(MUTANTS + LINES + GIVEN_BACK, target, arguments,
                r"^\[  FAILED  \] \S*?(\w+)(?:, where|$| \()", __doc__.split("\n\n", 1)[1])
