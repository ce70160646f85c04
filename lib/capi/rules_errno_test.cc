// Calls that succeed leave errno alone, and what a refused call leaves behind.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <temporal_slab/epoch_domain.h>
#include <unistd.h>

#include "capi/rules_json_support.h"

namespace temporal_slab::rules {
namespace {

struct Success {
  const char* name;
  void (*call)(SlabAllocator*);
};

void PrintTo(const Success& success, std::ostream* out) { *out << success.name; }

const Success kSuccesses[] = {
    {"AllocObjEpochAndFreeObj",
     [](SlabAllocator* a) { EXPECT_TRUE(free_obj(a, make_object(a, 64, 0).handle)); }},
    {"AllocObjEpochWithoutAHandle",
     [](SlabAllocator* a) { EXPECT_NE(alloc_obj_epoch(a, 64, 0, nullptr), nullptr); }},
    {"SlabMallocAndSlabFree",
     [](SlabAllocator* a) {
       void* pointer = slab_malloc(a, 700);
       EXPECT_NE(pointer, nullptr);
       slab_free(a, pointer);
     }},
    {"SlabMallocEpoch", [](SlabAllocator* a) { EXPECT_NE(slab_malloc_epoch(a, 300, 5), nullptr); }},
    {"SlabReallocThatMoves",
     [](SlabAllocator* a) { EXPECT_NE(slab_realloc(a, slab_malloc(a, 64), 768), nullptr); }},
    {"SlabReallocOfNull",
     [](SlabAllocator* a) { EXPECT_NE(slab_realloc(a, nullptr, 64), nullptr); }},
    {"SlabFreeOfNull", [](SlabAllocator* a) { slab_free(a, nullptr); }},
    {"SlabUsableSize",
     [](SlabAllocator* a) { EXPECT_EQ(slab_usable_size(a, slab_malloc(a, 64)), 64u); }},
    {"SlabAllocatorOf",
     [](SlabAllocator* a) { EXPECT_EQ(slab_allocator_of(slab_malloc(a, 64)), a); }},
    {"EpochCurrent", [](SlabAllocator* a) { EXPECT_EQ(epoch_current(a), 0u); }},
    {"EpochAdvance", [](SlabAllocator* a) { epoch_advance(a); }},
    {"EpochCloseOfADrainedEpoch",
     [](SlabAllocator* a) {
       free_objects(a, make_objects(a, 1000, 128, 0));
       epoch_close(a, 0);
     }},
    {"EpochCloseTwice",
     [](SlabAllocator* a) {
       epoch_close(a, 3);
       epoch_close(a, 3);
     }},
    {"SlabEpochTryClose", [](SlabAllocator* a) { EXPECT_TRUE(slab_epoch_try_close(a, 0)); }},
    {"SlabEpochDiscard",
     [](SlabAllocator* a) {
       make_objects(a, 1000, 128, 0);
       EXPECT_EQ(slab_epoch_discard(a, 0), 1000u);
     }},
    {"SlabEpochDiscardOfAnEmptyEpoch",
     [](SlabAllocator* a) { EXPECT_EQ(slab_epoch_discard(a, 0), 0u); }},
    {"SlabEpochEra", [](SlabAllocator* a) { EXPECT_EQ(slab_epoch_era(a, 0), 0u); }},
    {"SlabEpochState", [](SlabAllocator* a) { EXPECT_EQ(slab_epoch_state(a, 0), EPOCH_ACTIVE); }},
    {"SlabEpochSetLabel", [](SlabAllocator* a) { slab_epoch_set_label(a, 0, "x\xff"); }},
    {"SlabEpochSetLabelOfNull", [](SlabAllocator* a) { slab_epoch_set_label(a, 0, nullptr); }},
    {"SlabEpochGetLabel", [](SlabAllocator* a) { EXPECT_EQ(label_of(a, 0), ""); }},
    {"SlabEpochReferences",
     [](SlabAllocator* a) {
       slab_epoch_inc_refcount(a, 0);
       EXPECT_EQ(slab_epoch_get_refcount(a, 0), 1u);
       slab_epoch_dec_refcount(a, 0);
     }},
    {"SlabEpochAcquireAndRelease",
     [](SlabAllocator* a) { EXPECT_TRUE(slab_epoch_release(a, slab_epoch_acquire(a))); }},
    {"SlabAllocatorCreateAndFree", [](SlabAllocator*) { EXPECT_NE(make_allocator(), nullptr); }},
    {"SlabAllocatorFreeOfNull", [](SlabAllocator*) { slab_allocator_free(nullptr); }},
    {"SlabStatsWriteJson",
     [](SlabAllocator* a) {
       const int fd = ::memfd_create("errno", MFD_CLOEXEC);
       EXPECT_TRUE(slab_stats_write_json(a, fd));
       ::close(fd);
     }},
    {"SlabStats",
     [](SlabAllocator* a) {
       SlabGlobalStats global;
       SlabClassStats of_class;
       SlabEpochStats of_epoch;
       slab_stats_global(a, &global);
       slab_stats_class(a, 7, &of_class);
       slab_stats_epoch(a, 7, 15, &of_epoch);
     }},
    {"EpochDomains",
     [](SlabAllocator* a) {
       epoch_domain_t* domain = epoch_domain_create(a);
       EXPECT_TRUE(epoch_domain_enter(domain));
       EXPECT_EQ(epoch_domain_current(), domain);
       EXPECT_EQ(epoch_domain_allocator(), a);
       EXPECT_TRUE(epoch_domain_exit(domain));
       EXPECT_TRUE(epoch_domain_destroy(domain));
     }},
    {"EpochDomainCurrentOutsideOfAny",
     [](SlabAllocator*) {
       EXPECT_EQ(epoch_domain_current(), nullptr);
       EXPECT_EQ(epoch_domain_allocator(), nullptr);
     }},
    {"EpochDomainWrapAndForceClose",
     [](SlabAllocator* a) {
       epoch_domain_t* domain = epoch_domain_wrap(a, 0, true);
       EXPECT_TRUE(epoch_domain_force_close(domain));
       EXPECT_TRUE(epoch_domain_destroy(domain));
     }},
};

class SuccessfulCall : public testing::TestWithParam<Success> {};

// R-2-1
TEST_P(SuccessfulCall, LeavesErrnoAlone) {
  const Allocator allocator = make_allocator();
  EXPECT_EQ(errno_after([&] { GetParam().call(allocator.get()); }), kUntouchedErrno);
}

INSTANTIATE_TEST_SUITE_P(Of, SuccessfulCall, testing::ValuesIn(kSuccesses),
                         [](const auto& test) { return std::string(test.param.name); });

// R-2-1
TEST(RefusedAllocation, LeavesTheHandleUntouched) {
  const Allocator allocator = make_allocator();
  SlabHandle handle = 77;
  EXPECT_EQ(alloc_obj_epoch(allocator.get(), 0, 0, &handle), nullptr);
  EXPECT_EQ(handle, 77u);
}

// R-2-1
TEST(HandleOfAnObject, IsNeverZero) {
  const Allocator allocator = make_allocator();
  for (const Object& object : make_objects(allocator.get(), 5000, 64, 0)) {
    ASSERT_NE(object.handle, 0u);
  }
}

// R-2-1
TEST(Options, OfNullAreRefused) {
  EXPECT_EQ(errno_after([] { slab_options_init(nullptr); }), EINVAL);
}

// R-2-1
TEST(Options, OfAnUnknownSizeAreRefused) {
  SlabOptions options;
  slab_options_init(&options);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, sizeof options + 8}) {
    options.struct_size = size;
    EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_allocator_create_with(&options), nullptr); }),
              EINVAL)
        << "struct_size " << size;
  }
}

// R-2-1
TEST(Options, OfNullGiveTheDefaults) {
  const Allocator allocator(slab_allocator_create_with(nullptr));
  ASSERT_NE(allocator, nullptr);
  EXPECT_EQ(snapshot(allocator.get())["classes"][0]["cache_capacity"], (4u << 20) / kSlabBytes);
}

// R-2-1
TEST(Options, BeginAsTheHeaderSays) {
  SlabOptions options;
  slab_options_init(&options);
  EXPECT_EQ(options.struct_size, sizeof options);
  EXPECT_FALSE(options.publish);
  EXPECT_EQ(options.retain_bytes, 4u << 20);
  EXPECT_EQ(options.max_bytes, 0u);
}

}  // namespace
}  // namespace temporal_slab::rules
