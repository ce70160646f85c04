#!/usr/bin/env python3
"""mutants.py [--build FOLDER] [--only TEXT]

Breaks the library's locking and ordering, and where it writes, in one way at a time, and says which
scenarios under the explorer notice. Exits 1 if one mutant passes them all. FOLDER (build/dev) holds a
build of modelled_scenarios_test, modelled_fast_paths_test, rules_busy_close_test and rules_given_back_test; it
is not changed.
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
STORE = "lib/heap/slab_store.cc"
CACHE = "lib/heap/slab_cache.cc"
HEAP_H = "lib/heap/heap.h"
SLAB_H = "lib/memory/slab.h"
FREES_H = "lib/heap/allocator_frees.h"
PAGES = "lib/memory/page_heap.cc"
WRITE = "lib/stats/segment_write.h"
OBJECTS = "lib/capi/object_api.cc"
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
     "    armed_.for_each([this](std::uint32_t epoch) {\n      sync::wait_until_left",
     "    base::BitSet<stats::kMaxEpochs>().for_each([this](std::uint32_t epoch) {\n"
     "      sync::wait_until_left", HEAPS),
    ("what is below the floor is one's own", COUNTING, "counts.floor(epoch) + at_least", "at_least",
     *REFERENCE_CALLS),
    ("what is current is looked at once", COUNTING,
     "!section.open() || current.load(sync::kRelaxed) != epoch ||", "!section.open() ||",
     *REFERENCE_CALLS),
    ("heaps count for an incarnation that is gone", EPOCHS, "  references_.retire(epoch);\n", ""),
    ("who is charged counts on as before", COUNTED, "      disarm(epoch);\n", ""),
    ("an own drop under the mutex leaves the floor", COUNTED,
     "      counts.disarm(epoch);\n    }\n", "    }\n"),
    ("a drop of what others count stops nobody", COUNTED, "    stop.emplace(heaps_);\n", ""),
    ("a thread that ends leaves its count to the heap", ALLOCATOR,
     "  references_.settle(heap);\n", ""),
    ("try_close looks while others count", EPOCHS,
     "  const Heaps::Stop stop(store_.heaps());\n  if (ring_.refcount(epoch) != 0) return std::nullopt;",
     "  if (ring_.refcount(epoch) != 0) return std::nullopt;\n"
     "  const Heaps::Stop stop(store_.heaps());"),
    ("an exit looks while others count", REFERENCES,
     "    const Heaps::Stop stop(store_.heaps());\n    dropped = references_.drop(epoch);\n",
     "    dropped = references_.drop(epoch);\n    const bool last = ring_.refcount(epoch) == 0;\n"
     "    const Heaps::Stop stop(store_.heaps());\n"
     "    if (last && ring_.is_active(epoch)) leaving = begin_to_close(epoch, Contents::kKeep);\n"
     "    if (epoch < 256) { if (leaving) leave(closing, *leaving); return dropped ? 0 : EINVAL; }\n"),
    ("no fence before counts are read", READER, "  sync::full_fence();\n", ""),
    ("no fence before a look", "lib/capi/epoch_api.cc", "  temporal_slab::sync::full_fence();\n", ""),
    ("counts are read once", READER,
     "    if (held.refs.load(sync::kAcquire) != counts[i]) return false;\n",
     "    if (counts[i] == ~std::uint64_t{0}) return false;\n"),
    ("counts are compared without their versions", READER,
     "if (held.refs.load(sync::kAcquire) != counts[i])",
     "if (held_count(held.refs.load(sync::kAcquire)) != held_count(counts[i]))"),
    ("advance takes no lock", EPOCHS,
     "  return leave(closing, stop_and_begin_to_close(ring_.current(), Contents::kKeep));",
     "  mutex_.unlock();\n"
     "  const int error = leave(closing, stop_and_begin_to_close(ring_.current(), Contents::kKeep));\n"
     "  mutex_.lock();\n  return error;"),
    ("a free takes no lock", ALLOCATOR,
     "int Allocator::free(std::uint64_t handle) {\n  prepare_to_join();\n  const Call call(*this);\n"
     "  return free_found(store_.find(handle), call.contended());",
     "int Allocator::free(std::uint64_t handle) {\n  return free_found(store_.find(handle), false);"),
    ("try_close looks at the count, then takes the lock", EPOCHS,
     "  Closing closing(*this);\n  const auto leaving = begin_to_close_if_free(epoch);\n"
     "  return leaving ? leave(closing, *leaving) : EBUSY;",
     "  if (ring_.refcount(epoch) != 0) return EBUSY;\n  Closing closing(*this);\n"
     "  return leave(closing, stop_and_begin_to_close(epoch, Contents::kKeep));"),
    ("the state is looked at, then the lock taken", ALLOCATOR,
     "  const Call call(*this);\n  join_locked();\n  return allocate_locked(bytes, epoch, call.contended(), out);",
     "  if (!ring_.is_active(epoch)) return ESTALE;\n  const Call call(*this);\n  join_locked();\n"
     "  bool zeroed = false;\n  const Object made = store_.allocate(bytes, epoch, &zeroed);\n  *out = made;\n"
     "  return made.address == nullptr ? ENOMEM : 0;"),
    ("the last one out closes after it let the lock go", REFERENCES,
     "  bool dropped = false;\n  std::optional<Leaving> leaving;\n  {\n",
     "  const bool last = ring_.refcount(epoch) == 1;\n  mutex_.unlock();\n  release(incarnation);\n"
     "  mutex_.lock();\n"
     "  if (last) leave(closing, stop_and_begin_to_close(epoch, Contents::kKeep));\n"
     "  if (epoch < 256) return 0;\n  bool dropped = false;\n  std::optional<Leaving> leaving;\n  {\n"),
    ("an epoch is current before it is open", RING,
     "  stats::open_incarnation(\n      segment_, epoch, ++last_era_,",
     "  put(segment_.current_epoch, epoch);\n"
     "  stats::open_incarnation(\n      segment_, epoch, ++last_era_,"),
    ("a reader's loads are relaxed", "lib/stats/segment_view.cc", "from[i].load(sync::kAcquire)",
     "from[i].load(sync::kRelaxed)"),
    ("a writer's stores are relaxed", WRITE, "word.store(value, sync::kRelease);",
     "word.store(value, sync::kRelaxed);", RING, EPOCHS, REFERENCES, "lib/epoch/holders.cc"),
    ("a label is written in place", WRITE, "store_text(label.text[next & 1], text);",
     "store_text(label.text[(next & 1) ^ 1], text);", RING, EPOCHS),
    ("nobody is stopped", HEAPS,
     "  word_.state.store(word_.state.load(sync::kRelaxed) | kStopped, sync::kRelaxed);\n", ""),
    ("sections that are open are not waited for", HEAPS,
     "    while (heaps_[i]->inside().load(sync::kAcquire) != 0) sync::yield();\n", ""),
    ("the stopper makes no barrier", HEAPS, "  bias_.revoker_barrier();\n", ""),
    ("the stopper does not see what a section did", HEAPS,
     "inside().load(sync::kAcquire) != 0)", "inside().load(sync::kRelaxed) != 0)"),
    ("a section ends by relaxed", HEAP_H, "inside_.store(0, sync::kRelease)", "inside_.store(0, sync::kRelaxed)",
     SECTIONS, OBJECTS, HEAPS),
    ("a section looks before it is entered", HEAPS_H,
     "    heap.inside().store(1, sync::kRelaxed);\n    kRevokerPays.owner_barrier();\n"
     "    if (word_.state.load(sync::kAcquire) == 0) [[likely]]\n      return true;\n",
     "    const bool plain = word_.state.load(sync::kAcquire) == 0;\n"
     "    heap.inside().store(1, sync::kRelaxed);\n    if (plain) return true;\n", OBJECTS),
    ("the others go on before all is done", HEAPS, "& ~kStopped, sync::kRelease);",
     "& ~kStopped, sync::kRelaxed);"),
    ("a section does not see what the stopper did", HEAPS_H,
     "if (word_.state.load(sync::kAcquire) == 0) [[likely]]", "if (word_.state.load(sync::kRelaxed) == 0) [[likely]]",
     OBJECTS),
    ("an epoch is CLOSING before its heaps know", EPOCHS,
     "  store_.take_from_heaps(epoch);\n  if (first) ring_.close(epoch, now_ns);\n",
     "  store_.heaps().go_on();\n  if (first) ring_.close(epoch, now_ns);\n  store_.heaps().stop();\n"
     "  store_.take_from_heaps(epoch);\n"),
    ("a heap keeps its slabs when the epoch closes", EPOCHS,
     "  store_.take_from_heaps(epoch);\n  if (first) ring_.close(epoch, now_ns);\n",
     "  if (first) ring_.close(epoch, now_ns);\n"),
    ("an epoch that was never closed is opened under its heaps", STORE,
     "CarriedFigures SlabStore::retire_incarnation(std::uint32_t epoch) {\n  take_from_heaps(epoch);\n",
     "CarriedFigures SlabStore::retire_incarnation(std::uint32_t epoch) {\n"),
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
    ("a free takes what it finds, not what it was told", HEAP,
     "  std::uint32_t expected = word.bits();\n",
     "  if (slab->word(slot).state() == SlotState::kLive) word = slab->word(slot);\n"
     "  std::uint32_t expected = word.bits();\n"),
    ("bits are believed, not words", HEAP, "if (slab->word(slot).state() == SlotState::kFreedRemotely) {",
     "if (slab->word(slot).state() != SlotState::kFree) {"),
    ("a second free of one object stays counted", HEAP,
     "      sub(counted(slab->cell()).frees, 1);\n", ""),
    ("a bit that was set is counted again", HEAP,
     "  if ((before & bit) != 0) return RemoteFree::kCountedBefore;\n", ""),
    ("a slab that is taken away is its heap's until it is adopted", HEAP,
     "  slab->owner.store(0, sync::kRelaxed);\n  return slab;\n", "  return slab;\n"),
    ("what others freed is collected by relaxed", HEAP, "slab->remote.exchange(0, sync::kAcqRel)",
     "slab->remote.exchange(0, sync::kRelaxed)"),
    ("a heap's slabs have an owner when it is gone", STORE,
     "    if (heap.accepts(epoch)) heap.hand_over(epoch, heaps_.central(), &met);\n",
     "    if (heap.accepts(epoch)) heap.close(epoch, &met);\n"),
    ("a thread's end stops nobody", STORE,
     "  ClosedSlabs met;\n  const Heaps::Stop stop(heaps_);\n  collect_all();\n", "  ClosedSlabs met;\n  collect_all();\n"),
    ("the slab in use stays in use when the epoch closes", HEAP,
     "    met->add(class_index, leave(cell(epoch, class_index)));\n", "    met->add(class_index, false);\n"),
    ("empty slabs are taken from heaps that run", STORE,
     "  const Heaps::Stop stop(heaps_);\n  collect_all();\n  keep_within(0);\n  cache_.flush();\n  bool zeroed",
     "  keep_within(0);\n  cache_.flush();\n  bool zeroed"),
    ("what the cell had to give is lost when it leaves its slab", "lib/heap/cell.h",
     "    left->busy &= ~free_bits;\n", "", HEAP),
    ("a slab that becomes empty stays in the list of partial ones", HEAP,
     "  cell.partial.remove(slab);\n  sub(cell.counted->partial_slabs, 1);\n  end(slab);",
     "  sub(cell.counted->partial_slabs, 1);\n  end(slab);"),
    ("a full slab that has room again stays full", HEAP, "    cell.full.remove(slab);\n    cell.partial.push_front(slab);\n", ""),
    ("a slab that ends keeps its identity", SLAB_H, "void end() { identity.store(0, sync::kRelease); }", "void end() {}",
     HEAP, STORE),
    ("the next tenant has the generations of the last", SLAB_H, "    has_retired = sync::raise_own(",
     "    if (epoch > 255) has_retired = sync::raise_own(", HEAP, CACHE),
    ("a free looks at a slab before it knows whose it is", HEAP_H,
     "    if (slab->owner.load(sync::kRelaxed) != number_) [[unlikely]]\n      return false;\n"
     "    const std::uint64_t busy = slab->busy & ~(std::uint64_t{1} << slot);\n",
     "    const std::uint64_t busy = slab->busy & ~(std::uint64_t{1} << slot);\n"
     "    if (slab->owner.load(sync::kRelaxed) != number_) [[unlikely]]\n      return false;\n", OBJECTS),
    ("others drop from a count that its thread still drops from", COUNTED,
     "        const Heaps::Stop stop(heaps_);\n        heap.references().let_others_drop(epoch);\n",
     "        heap.references().let_others_drop(epoch);\n"),
    ("what others drop is dropped by a plain store", COUNTED,
     "      !held.dropped.compare_exchange_strong(dropped, dropped + 1, sync::kAcqRel, sync::kAcquire));",
     "      held.dropped.store(dropped + 1, sync::kRelease), false);"),
    ("an incarnation is current before its label and reference stand", RING,
     "        if (first != nullptr) fill(epoch, *first, record, table, has_holders);\n",
     "        (void)record, (void)table, (void)has_holders;\n"),
    ("a fresh incarnation is taken by two", EPOCHS,
     "  return !store_.was_used(epoch) && !ring_.has_label(epoch) && ring_.refcount(epoch) == 0;",
     "  return !store_.was_used(epoch);"),
    ("an incarnation is fresh though a heap allocated in it", EPOCHS, "  return !store_.was_used(epoch) && ",
     "  return "),
    ("a reference of one that is gone is of the next", REFERENCES,
     "  Closing closing(*this);\n  if (!ring_.stands(reference.epoch, reference.era)) {",
     "  Closing closing(*this);\n  if (!ring_.stands(reference.epoch, ring_.era(reference.epoch))) {"),
    ("what was in use counts on when an epoch closes", HEAP, "  in_use_pages_ -= slab->pages();\n", ""),
    ("a slab that leaves the cache is counted as still there", CACHE, "  retained_pages_ -= pages;\n", ""),
)
# Of lines of memory that fast paths share: fast_paths_test.cc is asked.
LINES = (
    ("all allocations are counted in one word", "lib/heap/allocator.h",
     "    const bool done = heap->allocate_plainly(",
     "    count(stats::GlobalCounter::k_stale_frees);\n"
     "    const bool done = heap->allocate_plainly(", "lib/capi/object_api.cc"),
    ("the next slab is gone to with the mutex", SECTIONS, "  if (!section.open() || !heap->allocate(epoch,",
     "  if (section.open() || !heap->allocate(epoch,"),
    ("who takes pages writes where frees look", PAGES, "  region->in_use += pages;\n",
     "  region->in_use += pages;\n"
     "  internal::reservation.limit.store(granule_limit(), sync::kRelaxed);\n"),
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
    "others drop from a count that its thread still drops from": "AnotherDropsBesideTheHoldersDec",
    "what others drop is dropped by a plain store": "TwoDropWhatOneTook",
    "an incarnation is current before its label and reference stand": "OpenOfTheNextBesideReader",
    "a fresh incarnation is taken by two": "OpenBesideOpen",
    "an incarnation is fresh though a heap allocated in it": "OpenBesideAllocation",
    "a reference of one that is gone is of the next": "LateFinishBesideReuse",
    "an exit looks while others count": "ExitBesideOwnCount",
    "try_close looks at the count, then takes the lock": "TryCloseBesideAcquire",
    "the state is looked at, then the lock taken": "DiscardBesideAlloc",
    "the last one out closes after it let the lock go": "LastTwoDomainsExit",
    "a reader's loads are relaxed": "LabelReaderBesideAdvance",
    "a writer's stores are relaxed": "LabelReaderBesideAdvance",
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
    "bits are believed, not words": "OwnerAndAnotherFreeInAFullSlab",
    "a second free of one object stays counted": "OwnerAndAnotherFreeOneObject",
    "a bit that was set is counted again": "OwnerAndAnotherFreeTwiceInAFullSlab",
    "what others freed is collected by relaxed": "OwnerCollectsBesideAnotherWhoFrees",
    "a heap's slabs have an owner when it is gone": "CloseBesideOwner",
    "a slab that is taken away is its heap's until it is adopted": "AnotherTakesASlabBesideItsOwnerWhoFrees",
    "an owner keeps an empty slab whatever is kept": "TwoOwnersAndOnePlace",
    "what was kept counts on when an epoch closes": "AnotherTakesWhatAnOwnerKeeps",
    "a slab that leaves is counted as still there": "AThreadLeavesWhatItKept",
    "a thread's end stops nobody": "ThreadEndsBesideAnotherWhoFrees",
    "empty slabs are taken from heaps that run": "AnotherTakesASlabBesideItsOwnerWhoFrees",
    "the stopper makes no barrier": "CloseBesideOwner",
    "the stopper does not see what a section did": "CloseBesideOwner",
    "a section ends by relaxed": "CloseBesideOwner",
    "a section looks before it is entered": "CloseBesideOwner",
    "the slab in use stays in use when the epoch closes": "CloseBesideOwner",
    "what the cell had to give is lost when it leaves its slab": "CloseBesideOwner",
    "a full slab that has room again stays full": "OwnerCollectsBesideAnotherWhoFrees",
    "a slab that ends keeps its identity": "DiscardBesideOwner",
    "a free looks at a slab before it knows whose it is": "OwnerAllocatesBesideAnotherWhoFrees",
    "a slab that becomes empty stays in the list of partial ones": "CloseBesideOwnerWhoEmptiesASlab",
}


# No scenario shows these yet. For the first one a slab has to move while the second heap comes; the next two take
# two preemptions, between a free by the owner and one by another of a slab's last object. The last three take a
# third thread: a reference goes from one to the other while the third one reads, stops them or finishes. Run with
# --only.
UNSEEN = (
    ("who was alone does not hear of the second", HEAPS, "  if (taken_ != 0) no_longer_alone();\n", ""),
    ("an empty slab changes its cell while others may look", HEAP,
     "  if (!same && others_.alone.load(sync::kAcquire) == 0 &&\n"
     "      slab->previous == others_.turn.load(sync::kRelaxed))\n    return nullptr;\n", ""),
    ("an empty slab changes its cell before it is collected", HEAP,
     "  if (!same && slab->remote.load(sync::kRelaxed) != 0) collect();\n", ""),
    ("drops are read once", READER,
     "    if (held.dropped.load(sync::kAcquire) != drops[i]) return false;\n", ""),
    ("who drops by another's count does not see that it is stopped", COUNTED,
     "if (!section.open() || !ring_.stands(reference.epoch, reference.era)) return false;",
     "if (!ring_.stands(reference.epoch, reference.era)) return false;"),
    ("a finish looks while others count", REFERENCES,
     "    const Heaps::Stop stop(store_.heaps());\n    if (!references_.drop_of(reference)) return EINVAL;\n",
     "    if (!references_.drop_of(reference)) return EINVAL;\n"
     "    if (ring_.refcount(reference.epoch) != 0) return 0;\n"
     "    const Heaps::Stop stop(store_.heaps());\n"),
)

# Of what is kept empty: rules_given_back_test.cc is asked.
RETAINED = (
    ("close leaves before it sends the empty slabs away", EPOCHS,
     "      given_back_bytes = store_.drain();", "      given_back_bytes = 0;"),
    ("what heaps keep empty is not counted", STORE,
     "    pages += heaps_.at(number).empty_pages();\n", "    ;\n"),
    ("the cache takes whatever comes", CACHE, "if (slab->is_large() || slab->pages() > spare) {",
     "if (slab->is_large()) {"),
    ("what heaps keep empty is kept whatever is retained", STORE,
     "  spare_pages_ = keep_within(cache_.retain_pages());\n", "  spare_pages_ = cache_.retain_pages();\n"),
    ("what is in use and empty is kept whatever is retained", STORE,
     "      heaps_.at(number).leave_empty_slabs();\n", "      ;\n"),
)

# Of what goes back to the system: real threads and the kernel are asked, by rules_busy_close_test.cc.
GIVEN_BACK = (
    ("each page is given back by a call of its own", PAGES, "const auto run = region.pending.take_lowest_run();",
     "const struct { std::uint32_t first, count; } run{region.pending.take_lowest(), 1};"),
    ("what was given back is written before it is used again", PAGES,
     "    observer.on_call(class_of_word(region.word(run.first)), !given);\n",
     "    observer.on_call(class_of_word(region.word(run.first)), !given);\n"
     "    *const_cast<volatile std::byte*>(region.page_memory(run.first)) = std::byte{0};\n"),
    ("the reserve takes whatever comes", CACHE, "if (slab->is_large() || slab->pages() > spare) {",
     "if (slab->is_large()) {"),
)


def target(text):
    """The program that is asked about a mutant."""
    for program, mutants in (("modelled_fast_paths_test", LINES), ("rules_busy_close_test", GIVEN_BACK),
                             ("rules_given_back_test", RETAINED)):
        if text in {mutant[0] for mutant in mutants}:
            return program
    return "modelled_scenarios_test"


def arguments(text):
    """For one mutant, narrow first."""
    if target(text) != "modelled_scenarios_test":
        return [[]]
    filters = [f"*HoldsUnderEverySchedule/{FIRST[text]}:*.{FIRST[text]}"] if text in FIRST else []
    return [[f"--gtest_filter={each}", "--gtest_fail_fast"] for each in filters + ["*Scenario*:ReferenceOrders.*"]]


CHOSEN = MUTANTS + LINES + GIVEN_BACK + RETAINED + (UNSEEN if any(word.startswith("--only") for word in sys.argv) else ())
one_mutant.main(CHOSEN, target, arguments,
                r"^\[  FAILED  \] \S*?(\w+)(?:, where|$| \()", __doc__.split("\n\n", 1)[1])
