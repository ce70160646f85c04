// Closing while threads allocate, free and free what is others': once all are at rest, what the
// epoch had is with the kernel but for its live objects and the warm reserve.
#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <cstdio>
#include <cstring>
#include <set>

#include "capi/rules_madvise_support.h"
#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

constexpr unsigned kRounds = 24;
constexpr std::size_t kSlabsOfGone = 8;    // of each size
constexpr std::size_t kMostOfBusy = 3000;  // that the busy one has at a time

enum class How { kClose, kAdvance, kDiscard };

struct Case {
  const char* name;
  std::size_t retain_pages;
  How how;
};
void PrintTo(const Case& of, std::ostream* out) { *out << of.name; }

class BusyClose : public testing::TestWithParam<Case> {
 protected:
  // An object whose bytes are there.
  Object make(std::uint32_t bytes) {
    const Object object = make_object(allocator_.get(), bytes, epoch_);
    if (object.pointer != nullptr) std::memset(object.pointer, 1, bytes);
    return object;
  }

  // The idle owner: slabs that others empty before the close, and it never collects; slabs that
  // they empty meanwhile; slabs that keep an object.
  void fill() {
    for (auto* objects : {&gone_, &going_, &late_}) objects->clear();
    for (const std::uint32_t bytes : kClassBytes)
      for (std::size_t i = 0; i < kSlabsOfGone * slots_of(bytes); ++i) gone_.push_back(make(bytes));
    for (const std::uint32_t bytes : kClassBytes)
      for (std::size_t i = 0; i < 60; ++i) {
        going_.push_back(make(bytes));
        if (i % slots_of(bytes) == 0) late_.push_back(make(bytes));
      }
    for (const auto* objects : {&gone_, &going_, &late_}) note_pages(*objects);
  }

  // The busy owner goes on until the epoch refuses, and then frees all but a few.
  void allocate_until_refused(std::barrier<>* ready) {
    busy_.clear();
    busy_gone_.clear();
    ready->arrive_and_wait();
    for (std::size_t i = 0;; ++i) {
      // A discard may take what was made before its bytes are written.
      const std::uint32_t bytes = kClassBytes[i % kClassBytes.size()];
      const Object object = discards() ? make_object(allocator_.get(), bytes, epoch_) : make(bytes);
      if (object.pointer == nullptr) break;
      // Some go at once, so that slabs become empty and are used again.
      const bool goes = i % 3 == 0 || i > kMostOfBusy;
      if (i <= kMostOfBusy) (goes ? busy_gone_ : busy_).push_back(object);
      if (goes) free_one(object);
    }
    EXPECT_EQ(errno, ESTALE);
  }
  // A few of them are left for later.
  void free_what_is_left() {
    std::vector<Object> kept;
    for (std::size_t i = 0; i < busy_.size(); ++i) {
      if (i % 50 == 1)
        kept.push_back(busy_[i]);
      else
        free_one(busy_[i]);
    }
    busy_ = kept;
  }

  bool discards() const { return GetParam().how == How::kDiscard; }

  // Of an object that is there, unless it was discarded.
  void free_one(const Object& object) {
    const bool freed = free_obj(allocator_.get(), object.handle);
    EXPECT_TRUE(freed || discards());
  }

  void close() {
    const CloseOfThisThread closing;
    if (GetParam().how == How::kDiscard)
      slab_epoch_discard(allocator_.get(), epoch_);
    else if (GetParam().how == How::kAdvance)
      epoch_advance(allocator_.get());
    else
      epoch_close(allocator_.get(), epoch_);
  }

  void note_pages(const std::vector<Object>& objects) {
    for (const Object& object : objects) pages_.insert(page_of(object.pointer));
  }

  std::size_t resident() const {
    return static_cast<std::size_t>(std::count_if(pages_.begin(), pages_.end(), page_is_resident));
  }

  // Pages in the warm reserve.
  std::size_t warm() const {
    std::size_t pages = 0;
    for (std::uint32_t i = 0; i < kClassBytes.size(); ++i) {
      SlabClassStats of_class;
      slab_stats_class(allocator_.get(), i, &of_class);
      pages += of_class.cache_size;
    }
    return pages;
  }

  // Nobody is in a call, and the objects that live on are these.
  void expect_at_rest(std::vector<Object> live, const char* when) {
    const std::vector<std::uintptr_t> live_pages = pages_of(live);
    EXPECT_LE(warm(), GetParam().retain_pages) << when;
    // R-2.2-6, R-2.2-7: the others are the reserve, and it is all that is left of them.
    // (what a discard took may never have been written)
    EXPECT_LE(resident(), live_pages.size() + warm()) << when;
    EXPECT_TRUE(discards() || resident() == live_pages.size() + warm()) << when;
    EXPECT_EQ(resident_pages(live_pages), live_pages.size()) << when;
    for (std::uint32_t i = 0; i < kClassBytes.size(); ++i)
      EXPECT_EQ(epoch_stats(allocator_.get(), i, epoch_).reclaimable_slab_count, 0u) << when;
  }

  // One call a run of neighbours, and each is counted.
  void expect_few_calls(std::uint64_t counted) {
    std::set<std::uintptr_t> regions;
    for (const std::uintptr_t page : pages_) regions.insert(page / kRegionPages);
    std::vector<GivenBack> of_close;
    std::uint64_t calls = 0;
    for (const GivenBack& each : take_given_back()) {
      if (!regions.contains(each.first_page / kRegionPages)) continue;  // metadata
      ++calls;
      if (each.in_close) of_close.push_back(each);
    }
    EXPECT_EQ(calls, counted);
    std::sort(of_close.begin(), of_close.end(),
              [](const GivenBack& a, const GivenBack& b) { return a.first_page < b.first_page; });
    for (std::size_t i = 1; i < of_close.size(); ++i)
      EXPECT_GT(of_close[i].first_page, of_close[i - 1].first_page + of_close[i - 1].pages)
          << "two calls for one run of pages";
    calls_of_closes_ += of_close.size();
    for (const GivenBack& each : of_close) pages_of_closes_ += each.pages;
  }

  void expect_refused() {
    for (const std::uint32_t bytes : kClassBytes)
      EXPECT_EQ(make_object(allocator_.get(), bytes, epoch_).pointer, nullptr);
  }

  const Allocator allocator_ = make_allocator(GetParam().retain_pages * kSlabBytes);
  EpochId epoch_ = 0;
  std::set<std::uintptr_t> pages_;  // that any object ever lay on
  std::vector<Object> gone_;
  std::vector<Object> going_;
  std::vector<Object> late_;
  std::vector<Object> busy_;
  std::vector<Object> busy_gone_;
  std::size_t calls_of_closes_ = 0;
  std::size_t pages_of_closes_ = 0;
};

// R-2.2-6 R-2.2-7 R-2.2-8 R-2.2-9
TEST_P(BusyClose, LeavesNothingBehindButLiveObjectsAndTheReserve) {
  enum : unsigned { kCloser, kIdle, kBusy, kRemote, kAll };
  std::barrier<> step(kAll);
  std::uint64_t counted = 0;
  run_threads(kAll, [&](unsigned me) {
    for (unsigned round = 0; round < kRounds; ++round) {
      if (me == kCloser) epoch_ = epoch_current(allocator_.get());
      step.arrive_and_wait();
      if (me == kIdle) fill();  // and does nothing more until the late frees
      step.arrive_and_wait();
      if (me == kRemote) {
        for (const Object& object : gone_) free_one(object);
      }
      step.arrive_and_wait();
      if (me == kCloser) {
        take_given_back();
        counted = global_stats(allocator_.get()).total_madvise_calls;
      }
      step.arrive_and_wait();
      if (me == kBusy) {
        allocate_until_refused(&step);
      } else {
        step.arrive_and_wait();
        if (me == kCloser) close();
        for (const Object& object : me == kRemote ? going_ : std::vector<Object>())
          free_one(object);
      }
      step.arrive_and_wait();
      if (me == kCloser)
        expect_few_calls(global_stats(allocator_.get()).total_madvise_calls - counted);
      expect_refused();
      step.arrive_and_wait();
      if (me == kBusy && !discards()) free_what_is_left();
      step.arrive_and_wait();
      if (me == kCloser) {
        for (const auto* objects : {&busy_, &busy_gone_}) note_pages(*objects);
        std::vector<Object> live = late_;
        live.insert(live.end(), busy_.begin(), busy_.end());
        expect_at_rest(discards() ? std::vector<Object>() : live, "after the close");
      }
      step.arrive_and_wait();
      // Late frees, each by another than made it: their pages go with them.
      const std::vector<Object>* const late = me == kIdle ? &busy_ : me == kBusy ? &late_ : nullptr;
      if (late != nullptr) {
        EXPECT_EQ(free_objects(allocator_.get(), *late), discards() ? 0 : late->size());
      }
      step.arrive_and_wait();
      if (me == kCloser) expect_at_rest({}, "after the late frees");
    }
  });
  std::printf("%s: closes gave %zu pages back in %zu calls\n", GetParam().name, pages_of_closes_,
              calls_of_closes_);
}

INSTANTIATE_TEST_SUITE_P(Of, BusyClose,
                         testing::Values(Case{"CloseWithoutAReserve", 0, How::kClose},
                                         Case{"CloseWithASmallReserve", 5, How::kClose},
                                         Case{"CloseWithAReserve", 64, How::kClose},
                                         Case{"AdvanceWithASmallReserve", 5, How::kAdvance},
                                         Case{"DiscardWithoutAReserve", 0, How::kDiscard},
                                         Case{"DiscardWithASmallReserve", 5, How::kDiscard}),
                         [](const auto& test) { return std::string(test.param.name); });

// R-2.2-6
TEST(ClosingAnEpoch, GivesEachRunOfPagesBackInOneCall) {
  const Allocator allocator = make_allocator(0);
  std::vector<Object> gone;
  std::vector<Object> kept;
  std::barrier step(2);
  run_threads(2, [&](unsigned me) {
    if (me == 0)
      for (const std::uint32_t bytes : kClassBytes)
        for (std::size_t i = 0; i < kSlabsOfGone * slots_of(bytes); ++i)
          (i % (3 * slots_of(bytes)) == 0 ? kept : gone)
              .push_back(make_object(allocator.get(), bytes, 0));
    step.arrive_and_wait();
    if (me == 1) {
      // The owner is idle, so what it has is empty only once the close collects.
      EXPECT_EQ(free_objects(allocator.get(), gone), gone.size());
      take_given_back();
      const std::uint64_t counted = global_stats(allocator.get()).total_madvise_calls;
      epoch_close(allocator.get(), 0);
      const auto live = pages_of(kept);
      std::uintptr_t last = 0;
      std::size_t runs = 0;
      for (const std::uintptr_t page : pages_of(gone)) {
        if (std::binary_search(live.begin(), live.end(), page)) continue;
        if (page != last + 1) ++runs;
        last = page;
      }
      EXPECT_GT(runs, kClassBytes.size());
      EXPECT_EQ(global_stats(allocator.get()).total_madvise_calls - counted, runs);
      const auto calls = take_given_back();
      EXPECT_EQ(std::count_if(calls.begin(), calls.end(),
                              [&](const GivenBack& each) {
                                return each.first_page / kRegionPages == last / kRegionPages;
                              }),
                runs);
    }
    step.arrive_and_wait();
  });
}

}  // namespace
}  // namespace temporal_slab::rules
