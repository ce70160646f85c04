// The figures of a snapshot agree with each other, and with what was done, when no
// thread is inside a call.
#include <gtest/gtest.h>
#include <temporal_slab/epoch_domain.h>

#include <limits>
#include <random>

#include "capi/rules_json_support.h"
#include "capi/rules_sums_support.h"

namespace temporal_slab::rules {
namespace {

// One random call after another; frees what it allocates sooner or later.
class RandomCalls {
 public:
  RandomCalls(SlabAllocator* allocator, unsigned seed) : allocator_(allocator), random_(seed) {}

  void run(int calls) {
    for (int i = 0; i < calls; ++i) one();
  }

  void free_the_rest() {
    for (const Object& object : objects_) free_obj(allocator_, object.handle);
    objects_.clear();
  }

 private:
  void one() {
    const auto epoch = static_cast<EpochId>(random_() % kEpochs);
    switch (random_() % 64) {
      case 0:
        return epoch_advance(allocator_);
      case 1:
        return epoch_close(allocator_, epoch);
      case 2:
        if (random_() % 8 == 0) slab_epoch_discard(allocator_, epoch);
        return;
      case 3:
        return slab_epoch_set_label(allocator_, epoch, "busy");
      case 4:
        return slab_epoch_inc_refcount(allocator_, epoch);
      case 5:
      case 6:
        return slab_epoch_dec_refcount(allocator_, epoch);
      case 7:
        slab_epoch_try_close(allocator_, epoch);
        return;
      default:
        break;
    }
    if (random_() % 2 == 0 && !objects_.empty()) {
      const std::size_t victim = random_() % objects_.size();
      free_obj(allocator_, objects_[victim].handle);
      objects_[victim] = objects_.back();
      objects_.pop_back();
    } else {
      const auto size = static_cast<std::uint32_t>(random_() % 768 + 1);
      const EpochId into = random_() % 2 == 0 ? epoch : epoch_current(allocator_);
      const Object object = make_object(allocator_, size, into);
      if (object.pointer != nullptr) objects_.push_back(object);
    }
  }

  SlabAllocator* allocator_;
  std::mt19937 random_;
  std::vector<Object> objects_;
};

// R-3-4
TEST(SumsOfAFreshAllocator, Agree) { expect_sums_agree(make_allocator().get()); }

class Sums : public testing::TestWithParam<std::size_t> {};

// R-3-4
TEST_P(Sums, AgreeAfterEachStretchOfRandomCalls) {
  const Allocator allocator = make_allocator(GetParam());
  RandomCalls calls(allocator.get(), 1);
  for (int stretch = 0; stretch < 100; ++stretch) {
    calls.run(500);
    expect_sums_agree(allocator.get());
    if (HasFailure()) FAIL() << "stretch " << stretch;
  }
  calls.free_the_rest();
  expect_sums_agree(allocator.get());
}

// R-3-4
TEST_P(Sums, AgreeAfterFourThreadsMadeRandomCalls) {
  const Allocator allocator = make_allocator(GetParam());
  for (unsigned round = 0; round < 5; ++round) {
    run_threads(4, [&](unsigned index) {
      RandomCalls calls(allocator.get(), round * 4 + index + 1);
      calls.run(5000);
      if (index % 2 == 0) calls.free_the_rest();
    });
    expect_sums_agree(allocator.get());
  }
}

INSTANTIATE_TEST_SUITE_P(Retaining, Sums, testing::Values(0u, 10 * kSlabBytes, 4u << 20),
                         [](const auto& test) { return std::to_string(test.param) + "Bytes"; });

// R-3-4
TEST(SumsUnderALimit, AgreeAfterEachStretchOfRandomCalls) {
  const Allocator allocator = make_allocator(10 * kSlabBytes, 100 * kSlabBytes);
  RandomCalls calls(allocator.get(), 2);
  for (int stretch = 0; stretch < 50; ++stretch) {
    calls.run(1000);
    expect_sums_agree(allocator.get());
  }
}

// R-3-1
TEST(Figures, NeverFallBelowZeroOrWrapWhateverIsMisused) {
  const Allocator allocator = make_allocator(0);
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
    for (int i = 0; i < 10; ++i) slab_epoch_dec_refcount(allocator.get(), epoch);
    const Object object = make_object(allocator.get(), 64, epoch);
    for (int i = 0; i < 10; ++i) free_obj(allocator.get(), object.handle);
    for (int i = 0; i < 10; ++i) slab_free(allocator.get(), object.pointer);
    slab_epoch_release(allocator.get(), {epoch, 0, 0});
    slab_epoch_release(allocator.get(), {epoch, 0, std::numeric_limits<std::uint64_t>::max()});
    slab_epoch_discard(allocator.get(), epoch);
    slab_epoch_discard(allocator.get(), epoch);
  }
  const Json json = snapshot(allocator.get()).flatten();
  for (const auto& [path, value] : json.items()) {
    if (value.is_number() && path != "/timestamp_ns" && path != "/last_known_ns") {
      EXPECT_LT(value.get<std::uint64_t>(), std::uint64_t{1} << 40) << path;
    }
  }
}

// R-3-1
TEST(Figures, AreIntegersInJson) {
  const Allocator allocator = make_allocator();
  make_objects(allocator.get(), 1000, 64, 0);
  const Json json = snapshot(allocator.get()).flatten();
  for (const auto& [path, value] : json.items()) {
    EXPECT_TRUE(!value.is_number() || value.is_number_unsigned()) << path;
  }
}

}  // namespace
}  // namespace temporal_slab::rules
