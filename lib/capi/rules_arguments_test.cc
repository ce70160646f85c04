// Every function with every argument that it has to refuse: what it returns, what
// errno says, and that nothing changed.
#include <gtest/gtest.h>
#include <temporal_slab/epoch_domain.h>

#include <ostream>

#include "capi/rules_json_support.h"
#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

constexpr EpochId kHugeEpoch = 0xffffffffu;
constexpr std::size_t kHugeSize = ~std::size_t{0};

// An allocator in which there is something to lose.
struct World {
  World() {
    advance(allocator, 2);
    slab_epoch_set_label(allocator, 2, "kept");
    slab_epoch_inc_refcount(allocator, 2);
    object = make_object(allocator, 100, 2);
    overwrite(object.pointer, 100, 0x5a);
  }

  Allocator owner = make_allocator();
  SlabAllocator* allocator = owner.get();  // epochs 0 and 1 CLOSING, 2 current
  Object object;
};

struct Refusal {
  const char* name;
  int expected_errno;
  bool (*returns_nothing)(World&);
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

char* label_buffer() {
  static char buffer[SLAB_LABEL_BYTES];
  return buffer;
}

bool is_no_reference(SlabEpochRef reference) {
  return reference.epoch == UINT32_MAX && reference.holder == 0 && reference.era == 0;
}

// A call without a result refuses by errno alone.
#define RULES_VOID(call) (call, true)

const Refusal kNullAllocator[] = {
    {"AllocObjEpoch", EINVAL,
     [](World&) { return alloc_obj_epoch(nullptr, 64, 0, nullptr) == nullptr; }},
    {"FreeObj", EINVAL, [](World& w) { return !free_obj(nullptr, w.object.handle); }},
    {"SlabMallocEpoch", EINVAL,
     [](World&) { return slab_malloc_epoch(nullptr, 64, 0) == nullptr; }},
    {"SlabMalloc", EINVAL, [](World&) { return slab_malloc(nullptr, 64) == nullptr; }},
    {"SlabRealloc", EINVAL,
     [](World& w) { return slab_realloc(nullptr, w.object.pointer, 64) == nullptr; }},
    {"SlabFree", EINVAL, [](World& w) { return RULES_VOID(slab_free(nullptr, w.object.pointer)); }},
    {"SlabUsableSize", EINVAL,
     [](World& w) { return slab_usable_size(nullptr, w.object.pointer) == 0; }},
    {"SlabAllocatorPublished", EINVAL, [](World&) { return !slab_allocator_published(nullptr); }},
    {"EpochCurrent", EINVAL, [](World&) { return epoch_current(nullptr) == 0; }},
    {"EpochAdvance", EINVAL, [](World&) { return RULES_VOID(epoch_advance(nullptr)); }},
    {"EpochClose", EINVAL, [](World&) { return RULES_VOID(epoch_close(nullptr, 0)); }},
    {"SlabEpochTryClose", EINVAL, [](World&) { return !slab_epoch_try_close(nullptr, 0); }},
    {"SlabEpochDiscard", EINVAL, [](World&) { return slab_epoch_discard(nullptr, 0) == 0; }},
    {"SlabEpochEra", EINVAL, [](World&) { return slab_epoch_era(nullptr, 0) == 0; }},
    {"SlabEpochState", EINVAL,
     [](World&) { return slab_epoch_state(nullptr, 0) == EPOCH_CLOSING; }},
    {"SlabEpochSetLabel", EINVAL,
     [](World&) { return RULES_VOID(slab_epoch_set_label(nullptr, 0, "x")); }},
    {"SlabEpochGetLabel", EINVAL,
     [](World&) { return slab_epoch_get_label(nullptr, 0, label_buffer()) == 0; }},
    {"SlabEpochIncRefcount", EINVAL,
     [](World&) { return RULES_VOID(slab_epoch_inc_refcount(nullptr, 0)); }},
    {"SlabEpochDecRefcount", EINVAL,
     [](World&) { return RULES_VOID(slab_epoch_dec_refcount(nullptr, 0)); }},
    {"SlabEpochGetRefcount", EINVAL,
     [](World&) { return slab_epoch_get_refcount(nullptr, 0) == 0; }},
    {"SlabEpochAcquire", EINVAL,
     [](World&) { return is_no_reference(slab_epoch_acquire(nullptr)); }},
    {"SlabEpochRelease", EINVAL,
     [](World&) {
       return !slab_epoch_release(nullptr, {2, 0, 2});
     }},
    {"SlabStatsWriteJson", EINVAL, [](World&) { return !slab_stats_write_json(nullptr, 1); }},
    {"SlabStatsWritePrometheus", EINVAL,
     [](World&) { return !slab_stats_write_prometheus(nullptr, 1, nullptr); }},
    {"EpochDomainCreate", EINVAL, [](World&) { return epoch_domain_create(nullptr) == nullptr; }},
    {"EpochDomainWrap", EINVAL,
     [](World&) { return epoch_domain_wrap(nullptr, 0, false) == nullptr; }},
};

template <EpochId kEpoch>
constexpr Refusal kBadEpoch[] = {
    {"AllocObjEpoch", EINVAL,
     [](World& w) { return alloc_obj_epoch(w.allocator, 64, kEpoch, nullptr) == nullptr; }},
    {"SlabMallocEpoch", EINVAL,
     [](World& w) { return slab_malloc_epoch(w.allocator, 64, kEpoch) == nullptr; }},
    {"EpochClose", EINVAL, [](World& w) { return RULES_VOID(epoch_close(w.allocator, kEpoch)); }},
    {"SlabEpochTryClose", EINVAL,
     [](World& w) { return !slab_epoch_try_close(w.allocator, kEpoch); }},
    {"SlabEpochDiscard", EINVAL,
     [](World& w) { return slab_epoch_discard(w.allocator, kEpoch) == 0; }},
    {"SlabEpochEra", EINVAL, [](World& w) { return slab_epoch_era(w.allocator, kEpoch) == 0; }},
    {"SlabEpochState", EINVAL,
     [](World& w) { return slab_epoch_state(w.allocator, kEpoch) == EPOCH_CLOSING; }},
    {"SlabEpochSetLabel", EINVAL,
     [](World& w) { return RULES_VOID(slab_epoch_set_label(w.allocator, kEpoch, "x")); }},
    {"SlabEpochGetLabel", EINVAL,
     [](World& w) { return slab_epoch_get_label(w.allocator, kEpoch, label_buffer()) == 0; }},
    {"SlabEpochIncRefcount", EINVAL,
     [](World& w) { return RULES_VOID(slab_epoch_inc_refcount(w.allocator, kEpoch)); }},
    {"SlabEpochDecRefcount", EINVAL,
     [](World& w) { return RULES_VOID(slab_epoch_dec_refcount(w.allocator, kEpoch)); }},
    {"SlabEpochGetRefcount", EINVAL,
     [](World& w) { return slab_epoch_get_refcount(w.allocator, kEpoch) == 0; }},
    {"SlabEpochRelease", EINVAL,
     [](World& w) {
       return !slab_epoch_release(w.allocator, {kEpoch, 0, 2});
     }},
    {"EpochDomainWrap", EINVAL,
     [](World& w) { return epoch_domain_wrap(w.allocator, kEpoch, false) == nullptr; }},
};

const Refusal kSize[] = {
    {"AllocObjEpochOfZero", EINVAL,
     [](World& w) { return alloc_obj_epoch(w.allocator, 0, 2, nullptr) == nullptr; }},
    {"SlabMallocEpochOfZero", EINVAL,
     [](World& w) { return slab_malloc_epoch(w.allocator, 0, 2) == nullptr; }},
    {"SlabMallocOfZero", EINVAL, [](World& w) { return slab_malloc(w.allocator, 0) == nullptr; }},
    {"SlabReallocToZero", EINVAL,
     [](World& w) { return slab_realloc(w.allocator, w.object.pointer, 0) == nullptr; }},
    {"SlabReallocOfNullToZero", EINVAL,
     [](World& w) { return slab_realloc(w.allocator, nullptr, 0) == nullptr; }},
    {"SlabMallocEpochOfTheLargest", ENOMEM,
     [](World& w) { return slab_malloc_epoch(w.allocator, kHugeSize, 2) == nullptr; }},
    {"SlabMallocOfTheLargest", ENOMEM,
     [](World& w) { return slab_malloc(w.allocator, kHugeSize) == nullptr; }},
    {"SlabReallocToTheLargest", ENOMEM,
     [](World& w) { return slab_realloc(w.allocator, w.object.pointer, kHugeSize) == nullptr; }},
};

const Refusal kState[] = {
    {"AllocObjEpochInAClosingEpoch", ESTALE,
     [](World& w) { return alloc_obj_epoch(w.allocator, 64, 1, nullptr) == nullptr; }},
    {"SlabMallocEpochInAClosingEpoch", ESTALE,
     [](World& w) { return slab_malloc_epoch(w.allocator, 64, 1) == nullptr; }},
    // When several errors apply, EINVAL goes first.
    {"AllocObjEpochOfZeroInAClosingEpoch", EINVAL,
     [](World& w) { return alloc_obj_epoch(w.allocator, 0, 1, nullptr) == nullptr; }},
    {"AllocObjEpochOf769InEpoch16", EINVAL,
     [](World& w) { return alloc_obj_epoch(w.allocator, 769, 16, nullptr) == nullptr; }},
    {"SlabEpochTryCloseWithAReference", EBUSY,
     [](World& w) { return !slab_epoch_try_close(w.allocator, 2); }},
    {"SlabEpochReleaseOfAnOlderEra", ESTALE,
     [](World& w) {
       return !slab_epoch_release(w.allocator, {2, 0, 1});
     }},
    {"SlabEpochReleaseOfAnEraToCome", ESTALE,
     [](World& w) {
       return !slab_epoch_release(w.allocator, {2, 0, 18});
     }},
    {"SlabEpochReleaseWithoutReference", EINVAL,
     [](World& w) {
       return !slab_epoch_release(w.allocator, {1, 0, 1});
     }},
    {"FreeObjOfHandleZero", EINVAL, [](World& w) { return !free_obj(w.allocator, 0); }},
    {"SlabEpochGetLabelToNull", EINVAL,
     [](World& w) { return slab_epoch_get_label(w.allocator, 2, nullptr) == 0; }},
    {"SlabUsableSizeOfNull", EINVAL,
     [](World& w) { return slab_usable_size(w.allocator, nullptr) == 0; }},
};

class RefusedCall : public testing::TestWithParam<Refusal> {};

// R-2-1
TEST_P(RefusedCall, ReturnsNothingSetsErrnoAndChangesNothing) {
  World world;
  const Json before = still_snapshot(world.allocator);

  errno = kUntouchedErrno;
  EXPECT_TRUE(GetParam().returns_nothing(world));
  EXPECT_EQ(errno, GetParam().expected_errno);

  EXPECT_EQ(changes(before, still_snapshot(world.allocator)), "");
  EXPECT_TRUE(holds_only(world.object.pointer, 100, 0x5a));
  EXPECT_TRUE(free_obj(world.allocator, world.object.handle));
}

std::string name_of(const testing::TestParamInfo<Refusal>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(NullAllocator, RefusedCall, testing::ValuesIn(kNullAllocator), name_of);
INSTANTIATE_TEST_SUITE_P(Epoch16, RefusedCall, testing::ValuesIn(kBadEpoch<16>), name_of);
INSTANTIATE_TEST_SUITE_P(EpochHuge, RefusedCall, testing::ValuesIn(kBadEpoch<kHugeEpoch>), name_of);
INSTANTIATE_TEST_SUITE_P(Size, RefusedCall, testing::ValuesIn(kSize), name_of);
INSTANTIATE_TEST_SUITE_P(State, RefusedCall, testing::ValuesIn(kState), name_of);

}  // namespace
}  // namespace temporal_slab::rules
