// Hundreds of allocators at once, published and not, each used by several threads: none is taken
// for another (R-2.1-5).
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>

#include "capi/rules_folder_support.h"
#include "capi/rules_sums_support.h"

namespace temporal_slab::rules {
namespace {

constexpr unsigned kAllocators = 300;
constexpr unsigned kThreads = 4;
constexpr unsigned kRounds = 4000;

// An allocator and what was done to it.
struct Counted {
  Allocator allocator;
  std::atomic<std::uint64_t> allocs{0};
  std::atomic<std::uint64_t> frees{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> references{0};
};

// Objects of one thread, with the allocator that each is of.
struct Owned {
  Counted* owner;
  Object object;
  unsigned char pattern;
};

class ManyAllocators : public testing::Test {
 protected:
  ManyAllocators() {
    for (unsigned i = 0; i < kAllocators; ++i) {
      const std::string number = std::to_string(i);
      all[i].allocator = make_named_allocator("one of many, " + number, is_published(i));
      slab_epoch_set_label(all[i].allocator.get(), 0, number.c_str());
    }
  }

  static bool is_published(unsigned index) { return index % 3 == 0; }

  std::size_t segments() const { return runtime.files().size(); }

  // One object more in one of them, and no way to reach it by another.
  Owned make(std::mt19937& random) {
    Counted& owner = all[random() % kAllocators];
    Counted& stranger = all[random() % kAllocators];
    const std::uint32_t bytes = kClassBytes[random() % kClassBytes.size()];
    Owned made{&owner, make_object(owner.allocator.get(), bytes, 0),
               static_cast<unsigned char>(random())};
    ++owner.allocs;
    std::memset(made.object.pointer, made.pattern, 64);
    if (&stranger == &owner) return made;
    SlabAllocator* const other = stranger.allocator.get();
    EXPECT_EQ(errno_after([&] { EXPECT_FALSE(free_obj(other, made.object.handle)); }), EINVAL);
    EXPECT_EQ(errno_after([&] { slab_free(other, made.object.pointer); }), EINVAL);
    EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_usable_size(other, made.object.pointer), 0u); }),
              EINVAL);
    stranger.refused += 2;
    EXPECT_EQ(slab_usable_size(owner.allocator.get(), made.object.pointer), bytes);
    return made;
  }

  static void free(const Owned& owned) {
    for (unsigned i = 0; i < 64; ++i)
      EXPECT_EQ(static_cast<unsigned char*>(owned.object.pointer)[i], owned.pattern);
    EXPECT_TRUE(free_obj(owned.owner->allocator.get(), owned.object.handle));
    ++owned.owner->frees;
  }

  void expect_counted(unsigned index) {
    SlabAllocator* const allocator = all[index].allocator.get();
    const SlabGlobalStats stats = global_stats(allocator);
    EXPECT_EQ(stats.total_allocs, all[index].allocs);
    EXPECT_EQ(stats.total_frees, all[index].frees);
    EXPECT_EQ(stats.invalid_frees, all[index].refused);
    EXPECT_EQ(stats.stale_frees, 0u);
    EXPECT_EQ(slab_epoch_get_refcount(allocator, 0), all[index].references);
    EXPECT_EQ(label_of(allocator, 0), std::to_string(index));
    EXPECT_EQ(slab_allocator_published(allocator), is_published(index));
  }

  const RuntimeFolder runtime;
  const std::unique_ptr<Counted[]> all = std::make_unique<Counted[]>(kAllocators);
};

// R-2.1-5 R-3-4 R-2.6-2
TEST_F(ManyAllocators, UsedBySeveralThreadsAreToldApart) {
  EXPECT_EQ(segments(), kAllocators / 3);
  run_threads(kThreads, [&](unsigned index) {
    std::mt19937 random(index);
    std::vector<Owned> owned;
    for (unsigned round = 0; round < kRounds && !HasFailure(); ++round) {
      if (owned.size() > 300 || (random() % 3 == 0 && !owned.empty())) {
        std::swap(owned[random() % owned.size()], owned.back());
        free(owned.back());
        owned.pop_back();
      } else {
        owned.push_back(make(random));
      }
      Counted& referred = all[random() % kAllocators];
      slab_epoch_inc_refcount(referred.allocator.get(), 0);
      if (round % 4 == 0)
        ++referred.references;
      else
        slab_epoch_dec_refcount(referred.allocator.get(), 0);
    }
    for (const Owned& each : owned)
      if (random() % 2 == 0) free(each);
  });
  for (unsigned i = 0; i < kAllocators && !HasFailure(); ++i) {
    expect_counted(i);
    if (i % 10 == 0) expect_sums_agree(all[i].allocator.get());
  }
  // From several threads, too, whichever they were used by.
  run_threads(kThreads, [&](unsigned index) {
    for (unsigned i = index; i < kAllocators; i += kThreads) all[i].allocator.reset();
  });
  EXPECT_EQ(segments(), 0u);
}

// R-2.1-5: also those of an allocator that is gone, in one that may have its addresses.
TEST_F(ManyAllocators, RefuseWhatFormerOnesHandedOut) {
  std::vector<Object> objects;
  for (unsigned i = 0; i < kAllocators; ++i)
    objects.push_back(make_object(all[i].allocator.get(), 64, 0));
  for (unsigned i = 0; i < kAllocators; ++i) all[i].allocator.reset();
  for (unsigned i = 0; i < kAllocators; ++i) {
    all[i].allocator = make_allocator();
    make_object(all[i].allocator.get(), 64, 0);
  }
  run_threads(kThreads, [&](unsigned index) {
    for (unsigned i = index; i < kAllocators; i += kThreads) {
      SlabAllocator* const allocator = all[i].allocator.get();
      for (unsigned n = 0; n < kAllocators; n += 7) {
        EXPECT_EQ(errno_after([&] { EXPECT_FALSE(free_obj(allocator, objects[n].handle)); }),
                  EINVAL);
        ++all[i].refused;
      }
      EXPECT_EQ(global_stats(allocator).invalid_frees, all[i].refused);
      EXPECT_EQ(global_stats(allocator).total_frees, 0u);
    }
  });
}

}  // namespace
}  // namespace temporal_slab::rules
