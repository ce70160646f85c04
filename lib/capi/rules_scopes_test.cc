// Scopes: opened in one step, handed from thread to thread by reference, finished.
#include <gtest/gtest.h>
#include <temporal_slab/epoch_domain.h>

#include <cstring>

#include "capi/rules_folder_support.h"
#include "capi/rules_json_support.h"

namespace temporal_slab::rules {
namespace {

SlabClassStats class_stats(SlabAllocator* allocator, std::uint32_t size_class) {
  SlabClassStats stats{};
  slab_stats_class(allocator, size_class, &stats);
  return stats;
}

bool is_none(SlabEpochRef reference) {
  return reference.epoch == UINT32_MAX && reference.holder == 0 && reference.era == 0;
}

// R-2.2-10
TEST(Open, LabelsAndReferencesAnIncarnationOfItsOwn) {
  const Allocator allocator = make_allocator();
  SlabAllocator* const a = allocator.get();
  const SlabEpochRef first = slab_epoch_open(a, "first");
  EXPECT_EQ(first.epoch, 0u) << "a fresh one is taken as it is";
  EXPECT_EQ(first.era, 0u);
  EXPECT_EQ(label_of(a, 0), "first");
  EXPECT_EQ(slab_epoch_get_refcount(a, 0), 1u);
  const SlabEpochRef second = slab_epoch_open(a, nullptr);
  EXPECT_EQ(second.epoch, 1u);
  EXPECT_EQ(second.era, 1u);
  EXPECT_EQ(label_of(a, 1), "");
  EXPECT_EQ(slab_epoch_state(a, 0), EPOCH_ACTIVE);
  EXPECT_EQ(slab_epoch_get_refcount(a, 1), 1u);
  const Json holders = snapshot(a)["epochs"][0]["holders"];
  ASSERT_EQ(holders.size(), 1u);
  EXPECT_EQ(holders[0]["tid"], gettid());
  EXPECT_EQ(holders[0]["taken"], 1);
  EXPECT_NE(holders[0]["site"], "");
  EXPECT_TRUE(slab_epoch_release(a, first));
  EXPECT_TRUE(slab_epoch_release(a, second));
}

// R-2.2-10: scopes side by side, each with its own objects from its beginning to its end.
TEST(Open, ClosesNoOtherScope) {
  const Allocator allocator = make_allocator();
  SlabAllocator* const a = allocator.get();
  const SlabEpochRef first = slab_epoch_open(a, "first");
  const SlabEpochRef second = slab_epoch_open(a, "second");
  const SlabEpochRef third = slab_epoch_open(a, "third");
  for (const SlabEpochRef& each : {first, second, third}) {
    EXPECT_EQ(slab_epoch_state_ref(a, each), EPOCH_ACTIVE);
    EXPECT_NE(slab_malloc_ref(a, 100, each), nullptr);
  }
  EXPECT_TRUE(slab_epoch_finish(a, first, SLAB_FINISH_DISCARD));
  EXPECT_NE(slab_malloc_ref(a, 100, second), nullptr) << "another one's end is nothing to it";
  EXPECT_TRUE(slab_epoch_finish(a, second, SLAB_FINISH_CLOSE));
  EXPECT_EQ(slab_epoch_state_ref(a, second), EPOCH_CLOSING);
  // Without references it is closed by the next one.
  EXPECT_FALSE(slab_epoch_finish(a, third, SLAB_FINISH_KEEP));
  EXPECT_EQ(slab_epoch_state_ref(a, third), EPOCH_ACTIVE);
  const SlabEpochRef fourth = slab_epoch_open(a, "fourth");
  EXPECT_EQ(slab_epoch_state_ref(a, third), EPOCH_CLOSING);
  EXPECT_TRUE(slab_epoch_release(a, fourth));
}

// R-2.2-10
TEST(Open, TurnsTheRingOnceForAScopeAfterAScope) {
  const Allocator allocator = make_allocator();
  SlabAllocator* const a = allocator.get();
  for (std::uint64_t i = 0; i < 100; ++i) {
    const SlabEpochRef scope = slab_epoch_open(a, "request");
    ASSERT_EQ(scope.era, i);
    ASSERT_NE(slab_malloc_ref(a, 100, scope), nullptr);
    ASSERT_TRUE(slab_epoch_finish(a, scope, SLAB_FINISH_DISCARD));
  }
  EXPECT_EQ(global_stats(a).abandoned_refs, 0u);
  EXPECT_EQ(global_stats(a).total_frees, 100u);
}

// R-2.2-10
TEST(Open, TakesNoIncarnationThatWasUsed) {
  const Allocator allocator = make_allocator();
  SlabAllocator* const a = allocator.get();
  SlabHandle handle = 0;
  ASSERT_NE(alloc_obj_epoch(a, 64, 0, &handle), nullptr);
  ASSERT_TRUE(free_obj(a, handle));
  const SlabEpochRef scope = slab_epoch_open(a, "x");
  EXPECT_EQ(scope.epoch, 1u);
  EXPECT_FALSE(slab_epoch_finish(a, scope, SLAB_FINISH_KEEP));
  EXPECT_EQ(slab_epoch_open(a, "y").epoch, 2u) << "the label of the last one stays";
}

// R-2.2-10: by the opener's heap, which needs no lock for that.
TEST(Open, TakesNoIncarnationThatAHeapAllocatedIn) {
  const Allocator allocator = make_allocator();
  SlabAllocator* const a = allocator.get();
  const SlabEpochRef first = slab_epoch_open(a, "first");
  ASSERT_NE(slab_malloc_ref(a, 64, first), nullptr);
  // Its slab stays with the heap, which accepts objects in what is opened.
  ASSERT_TRUE(slab_epoch_finish(a, first, SLAB_FINISH_DISCARD));
  const EpochId used = epoch_current(a);
  const std::uint64_t locked = class_stats(a, 0).lock_fast_acquire;
  void* const object = slab_malloc_epoch(a, 64, used);
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(class_stats(a, 0).lock_fast_acquire, locked) << "the case to be tested";
  slab_free(a, object);
  const SlabEpochRef second = slab_epoch_open(a, "second");
  EXPECT_NE(second.epoch, used);
  EXPECT_EQ(second.era, 2u);
  EXPECT_EQ(label_of(a, used), "");
}

// R-2.2-10
TEST(Open, IsSeenWithItsLabelAndHolderByReadersOfTheFile) {
  const RuntimeFolder folder;
  const Allocator allocator = make_named_allocator("published", true);
  SlabAllocator* const a = allocator.get();
  for (int i = 0; i < 3; ++i) {
    // Taken fresh, opened, taken fresh after it was held.
    const SlabEpochRef scope = slab_epoch_open(a, i == 1 ? "" : "scope");
    const Json row = snapshot(a)["epochs"][scope.epoch];
    EXPECT_EQ(row["label"], i == 1 ? "" : "scope");
    ASSERT_EQ(row["holders"].size(), 1u);
    EXPECT_EQ(row["holders"][0]["refs"], 1);
    if (i != 1) continue;
    EXPECT_FALSE(slab_epoch_finish(a, scope, SLAB_FINISH_KEEP));
  }
  EXPECT_EQ(snapshot(a)["epochs"][1]["epoch_era"], 1);
}

// R-2.2-10 R-2.2-3
TEST(Open, GivesWhatStandsWhenTheRingIsHeld) {
  SlabOptions options;
  slab_options_init(&options);
  options.epoch_count = 2;
  const Allocator allocator(slab_allocator_create_with(&options));
  SlabAllocator* const a = allocator.get();
  const SlabEpochRef first = slab_epoch_open(a, "first");
  const SlabEpochRef second = slab_epoch_open(a, "second");
  SlabEpochRef third{};
  EXPECT_EQ(errno_after([&] { third = slab_epoch_open(a, "third"); }), kUntouchedErrno);
  EXPECT_EQ(third.epoch, second.epoch);
  EXPECT_EQ(third.era, second.era);
  EXPECT_EQ(label_of(a, 1), "second");
  EXPECT_EQ(slab_epoch_get_refcount(a, 1), 2u);
  EXPECT_EQ(global_stats(a).advances_held, 1u);
  EXPECT_FALSE(slab_epoch_finish(a, third, SLAB_FINISH_CLOSE));
  EXPECT_TRUE(slab_epoch_finish(a, second, SLAB_FINISH_CLOSE)) << "it is opened anew in place";
  EXPECT_TRUE(slab_epoch_finish(a, first, SLAB_FINISH_CLOSE) ||
              slab_epoch_state(a, first.epoch) == EPOCH_CLOSING);
}

// R-2.5-4
TEST(Finish, ClosesOrDiscardsWithTheLastReference) {
  const Allocator allocator = make_allocator();
  SlabAllocator* const a = allocator.get();
  const SlabEpochRef scope = slab_epoch_open(a, "x");
  const SlabEpochRef another = slab_epoch_ref_dup(a, scope);
  ASSERT_NE(slab_malloc_ref(a, 64, another), nullptr);
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(slab_epoch_finish(a, scope, SLAB_FINISH_DISCARD)); }),
            kUntouchedErrno);
  EXPECT_EQ(slab_epoch_state_ref(a, another), EPOCH_ACTIVE);
  EXPECT_TRUE(slab_epoch_finish(a, another, SLAB_FINISH_DISCARD));
  EXPECT_EQ(slab_epoch_state_ref(a, another), EPOCH_CLOSING);
  EXPECT_EQ(global_stats(a).total_frees, 1u);
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(slab_epoch_finish(a, another, SLAB_FINISH_CLOSE)); }),
            EINVAL);
  EXPECT_EQ(
      errno_after([&] { EXPECT_FALSE(slab_epoch_finish(a, another, static_cast<SlabFinish>(3))); }),
      EINVAL);
  advance(a, 16);
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(slab_epoch_finish(a, another, SLAB_FINISH_CLOSE)); }),
            ESTALE);
  EXPECT_EQ(global_stats(a).stale_releases, 1u);
  EXPECT_EQ(global_stats(a).refcount_underflows, 1u);
}

// R-2.2-11
TEST(ByReference, IsOfThatIncarnationOrFails) {
  const Allocator allocator = make_allocator();
  SlabAllocator* const a = allocator.get();
  const SlabEpochRef scope = slab_epoch_open(a, "x");
  SlabHandle handle = 0;
  ASSERT_NE(alloc_obj_ref(a, 64, scope, &handle), nullptr);
  EXPECT_TRUE(slab_epoch_set_label_ref(a, scope, "y"));
  EXPECT_EQ(label_of(a, scope.epoch), "y");
  EXPECT_TRUE(slab_epoch_close_ref(a, scope));
  EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_malloc_ref(a, 64, scope), nullptr); }), ESTALE);
  EXPECT_TRUE(slab_epoch_set_label_ref(a, scope, "z")) << "it still stands";
  EXPECT_TRUE(slab_epoch_set_label_ref(a, scope, nullptr));
  EXPECT_EQ(label_of(a, scope.epoch), "");
  EXPECT_EQ(slab_epoch_discard_ref(a, scope), 1u);
  EXPECT_TRUE(slab_epoch_release(a, scope));
  advance(a, 16);
  const SlabEpochRef later = slab_epoch_open(a, "later");
  const auto stale = [&](const char* what, auto&& call) {
    EXPECT_EQ(errno_after(call), ESTALE) << what;
  };
  stale("malloc", [&] { EXPECT_EQ(slab_malloc_ref(a, 64, scope), nullptr); });
  handle = 77;
  stale("alloc", [&] { EXPECT_EQ(alloc_obj_ref(a, 64, scope, &handle), nullptr); });
  EXPECT_EQ(handle, 77u);
  stale("label", [&] { EXPECT_FALSE(slab_epoch_set_label_ref(a, scope, "w")); });
  stale("close", [&] { EXPECT_FALSE(slab_epoch_close_ref(a, scope)); });
  stale("discard", [&] { EXPECT_EQ(slab_epoch_discard_ref(a, scope), 0u); });
  stale("state", [&] { EXPECT_EQ(slab_epoch_state_ref(a, scope), EPOCH_CLOSING); });
  stale("dup", [&] { EXPECT_TRUE(is_none(slab_epoch_ref_dup(a, scope))); });
  stale("domain", [&] { EXPECT_EQ(epoch_domain_from(a, scope, SLAB_FINISH_KEEP), nullptr); });
  EXPECT_EQ(slab_epoch_state_ref(a, later), EPOCH_ACTIVE);
}

// R-2.3-6
TEST(AReference, ComesOffWhoTookItWhoeverDropsIt) {
  const Allocator allocator = make_allocator();
  SlabAllocator* const a = allocator.get();
  const SlabEpochRef mine = slab_epoch_acquire(a);
  run_threads(1, [&](unsigned) {
    const SlabEpochRef own = slab_epoch_acquire(a);
    EXPECT_TRUE(slab_epoch_release(a, mine)) << "although this thread holds one itself";
    EXPECT_EQ(errno_after([&] { EXPECT_FALSE(slab_epoch_release(a, mine)); }), EINVAL);
    EXPECT_EQ(slab_epoch_get_refcount(a, 0), 1u);
    EXPECT_TRUE(slab_epoch_release(a, own));
  });
  EXPECT_EQ(slab_epoch_get_refcount(a, 0), 0u);
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(slab_epoch_release(a, mine)); }), EINVAL);
  EXPECT_EQ(global_stats(a).refcount_underflows, 2u);
}

// R-2.3-6: what was held and dropped before an open took the fresh incarnation is over.
TEST(AReference, IsRefusedWhereOpenTookTheIncarnationSince) {
  const Allocator allocator = make_allocator();
  SlabAllocator* const a = allocator.get();
  const SlabEpochRef first = slab_epoch_open(a, "");
  EXPECT_FALSE(slab_epoch_finish(a, first, SLAB_FINISH_KEEP));
  const SlabEpochRef second = slab_epoch_open(a, "second");
  EXPECT_EQ(second.epoch, first.epoch);
  EXPECT_EQ(second.era, first.era);
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(slab_epoch_release(a, first)); }), EINVAL);
  EXPECT_EQ(slab_epoch_get_refcount(a, second.epoch), 1u);
  EXPECT_EQ(global_stats(a).refcount_underflows, 1u);
  EXPECT_TRUE(slab_epoch_release(a, second));
}

// R-2.3-6: one that somebody dropped for another, without a name, is not missed by who has a name.
TEST(AReference, IsNotRefusedBecauseOthersDropWithoutANameWhatTheyWereGiven) {
  const Allocator allocator = make_allocator();
  SlabAllocator* const a = allocator.get();
  run_threads(1, [&](unsigned) { slab_epoch_inc_refcount(a, 0); });
  const SlabEpochRef mine = slab_epoch_acquire(a);
  // It may be charged to whoever took one last.
  run_threads(1, [&](unsigned) { slab_epoch_dec_refcount(a, 0); });
  EXPECT_TRUE(slab_epoch_release(a, mine));
  EXPECT_EQ(slab_epoch_get_refcount(a, 0), 0u);
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(slab_epoch_release(a, mine)); }), EINVAL);
}

// R-2.3-6
TEST(AReference, IsHandedOnAsOftenAsOneLikes) {
  const Allocator allocator = make_allocator();
  SlabAllocator* const a = allocator.get();
  constexpr int kMany = 1000;
  const SlabEpochRef leaked = slab_epoch_acquire(a);
  std::vector<SlabEpochRef> references(kMany);
  for (int round = 0; round < 3; ++round) {
    for (SlabEpochRef& reference : references) reference = slab_epoch_acquire(a);
    run_threads(1, [&](unsigned) {
      slab_epoch_inc_refcount(a, 1);  // it has a heap
      for (const SlabEpochRef reference : references) EXPECT_TRUE(slab_epoch_release(a, reference));
      slab_epoch_dec_refcount(a, 1);
    });
    slab_epoch_inc_refcount(a, 0);
    slab_epoch_dec_refcount(a, 0);
  }
  const Json holders = snapshot(a)["epochs"][0]["holders"];
  ASSERT_EQ(holders.size(), 1u);
  EXPECT_EQ(holders[0]["tid"], gettid());
  EXPECT_EQ(holders[0]["refs"], 1);
  EXPECT_EQ(holders[0]["taken"], 1 + 3 * (kMany + 1));
  EXPECT_EQ(holders[0]["dropped"], 3 * (kMany + 1));
  EXPECT_TRUE(slab_epoch_release(a, leaked));
  EXPECT_EQ(global_stats(a).refcount_underflows, 0u);
}

// R-2.3-6
TEST(AReference, OfAThreadThatExitedIsDroppedByName) {
  const Allocator allocator = make_allocator();
  SlabAllocator* const a = allocator.get();
  SlabEpochRef first{};
  SlabEpochRef second{};
  run_threads(1, [&](unsigned) { first = slab_epoch_acquire(a); });
  run_threads(1, [&](unsigned) { second = slab_epoch_acquire(a); });
  EXPECT_TRUE(slab_epoch_release(a, first));
  EXPECT_FALSE(slab_epoch_release(a, first));
  EXPECT_EQ(slab_epoch_get_refcount(a, 0), 1u);
  EXPECT_TRUE(slab_epoch_release(a, second));
  EXPECT_EQ(slab_epoch_get_refcount(a, 0), 0u);
}

// R-2.5-2
TEST(DomainFromAReference, IsWhoseEntersIt) {
  const Allocator allocator = make_allocator();
  SlabAllocator* const a = allocator.get();
  const SlabEpochRef scope = slab_epoch_open(a, "job");
  epoch_domain_t* const domain = epoch_domain_from(a, scope, SLAB_FINISH_DISCARD);
  ASSERT_NE(domain, nullptr);
  EXPECT_TRUE(slab_epoch_release(a, scope) && slab_epoch_get_refcount(a, scope.epoch) == 0);
  run_threads(1, [&](unsigned) {
    EXPECT_TRUE(epoch_domain_enter(domain));
    EXPECT_NE(slab_malloc(a, 64), nullptr);
    run_threads(1, [&](unsigned) {
      EXPECT_EQ(errno_after([&] { EXPECT_FALSE(epoch_domain_enter(domain)); }), EPERM);
      EXPECT_EQ(errno_after([&] { EXPECT_FALSE(epoch_domain_destroy(domain)); }), EPERM);
    });
    EXPECT_EQ(slab_epoch_state_ref(a, scope), EPOCH_ACTIVE);
    EXPECT_TRUE(epoch_domain_exit(domain));
  });
  EXPECT_EQ(slab_epoch_state_ref(a, scope), EPOCH_CLOSING);
  EXPECT_EQ(global_stats(a).total_frees, 1u);
  EXPECT_TRUE(epoch_domain_enter(domain)) << "nobody's again";
  EXPECT_TRUE(epoch_domain_exit(domain));
  EXPECT_TRUE(epoch_domain_destroy(domain));
}

// R-2-1
TEST(Calloc, IsZeroAndKnowsNoOverflow) {
  const Allocator allocator = make_allocator();
  SlabAllocator* const a = allocator.get();
  for (int i = 0; i < 3; ++i) {
    auto* const bytes = static_cast<unsigned char*>(slab_calloc(a, 10, 60));
    ASSERT_NE(bytes, nullptr);
    for (int k = 0; k < 600; ++k) ASSERT_EQ(bytes[k], 0);
    std::memset(bytes, 0xAB, 600);
    slab_free(a, bytes);
  }
  EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_calloc(a, SIZE_MAX / 2, 3), nullptr); }), ENOMEM);
  EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_calloc(a, 0, 3), nullptr); }), EINVAL);
  EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_calloc(nullptr, 1, 3), nullptr); }), EINVAL);
}

// R-2.1-2
TEST(AlignedAlloc, AlignsUpToAPage) {
  const Allocator allocator = make_allocator();
  SlabAllocator* const a = allocator.get();
  for (std::size_t alignment = 1; alignment <= 4096; alignment *= 2)
    for (const std::size_t size : {1u, 65u, 1000u, 40000u}) {
      void* const object = slab_aligned_alloc(a, alignment, size);
      ASSERT_NE(object, nullptr);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(object) % alignment, 0u) << alignment;
      EXPECT_GE(slab_usable_size(a, object), size);
    }
  for (const std::size_t bad : {std::size_t{0}, std::size_t{3}, std::size_t{8192}})
    EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_aligned_alloc(a, bad, 8), nullptr); }), EINVAL);
  EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_aligned_alloc(a, 64, SIZE_MAX), nullptr); }), ENOMEM);
  EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_aligned_alloc(a, 64, 0), nullptr); }), EINVAL);
}

// R-2-1
TEST(Version, IsThatOfTheHeader) { EXPECT_STREQ(slab_version(), TEMPORAL_SLAB_VERSION); }

}  // namespace
}  // namespace temporal_slab::rules
