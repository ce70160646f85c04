// What threads do without the mutex touches no line of memory that others write: two who allocate
// and free in slabs of their own none at all, and beside everything else that stops nobody only the
// few that are named here.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "harness/modelled/cache_lines.h"
#include "harness/modelled/library.h"
#include "temporal_slab_explorer/explorer.h"

namespace temporal_slab::modelled {
namespace {

// What a thread allocates and frees.
struct Work {
  std::uint32_t bytes;
  EpochId epoch;
};

CacheLines& lines() {
  static CacheLines all;
  return all;
}

// All threads of a run come here before any goes on.
class Meeting {
 public:
  explicit Meeting(std::uint32_t threads) : threads_(threads) {}
  void wait() {
    const std::uint32_t mine = arrived_.fetch_add(1, std::memory_order_acq_rel) / threads_;
    while (arrived_.load(std::memory_order_acquire) / threads_ <= mine) explorer::yield();
  }

 private:
  const std::uint32_t threads_;
  explorer::atomic<std::uint32_t> arrived_{0};
};

constexpr std::size_t kSlabs = 3;

// One thread's slabs of one class and epoch: each with an object that stays, so that frees leave
// them where they are.
class Slabs {
 public:
  Slabs(SlabAllocator* allocator, Work work) : allocator_(allocator), work_(work) {}

  // With others who do the same, so that what belongs to the slabs comes to lie side by side.
  void warm_up(Meeting* meeting) {
    const std::size_t slots = 4096 / work_.bytes;
    for (std::size_t slab = 0; slab < kSlabs; ++slab) {
      for (std::size_t i = 0; i < slots; ++i) {
        SlabHandle handle = 0;
        explorer::check(make(&handle) != nullptr, "there is memory");
        (i == 0 ? &kept_[slab] : &freed_.emplace_back())[0] = handle;
      }
      meeting->wait();
    }
    for (const SlabHandle handle : freed_) explorer::check(free_obj(allocator_, handle), "freed");
  }
  // All slots of all slabs, so that each becomes full, and has room again.
  void use_by_handles() {
    for (SlabHandle& handle : freed_) make(&handle);
    for (const SlabHandle handle : freed_) explorer::check(free_obj(allocator_, handle), "freed");
  }
  void use_by_pointers(const std::function<void*()>& allocate) {
    for (std::size_t i = 0; i < 2; ++i) {
      void* const object = allocate();
      explorer::check(object != nullptr, "there is room");
      slab_free(allocator_, object);
    }
  }
  void use() {
    use_by_handles();
    use_by_pointers([this] { return slab_malloc_epoch(allocator_, work_.bytes, work_.epoch); });
    use_by_pointers([this] { return slab_malloc(allocator_, work_.bytes); });
    for (int i = 0; i < 2; ++i) {
      slab_epoch_inc_refcount(allocator_, work_.epoch);
      slab_epoch_dec_refcount(allocator_, work_.epoch);
      explorer::check(slab_epoch_release(allocator_, slab_epoch_acquire(allocator_)), "released");
    }
  }

 private:
  void* make(SlabHandle* handle) {
    return alloc_obj_epoch(allocator_, work_.bytes, work_.epoch, handle);
  }

  SlabAllocator* const allocator_;
  const Work work_;
  std::array<SlabHandle, kSlabs> kept_{};
  std::vector<SlabHandle> freed_;
};

using Role = void (*)(SlabAllocator* allocator, Meeting* meeting, const Work& work);

// What is asked about: everybody is ready, and stays until all are done.
template <typename Calls>
void ask_about(Meeting* meeting, const Calls& calls) {
  meeting->wait();
  lines().begin();
  calls();
  lines().end();
  meeting->wait();
}

void use_own_slabs(SlabAllocator* allocator, Meeting* meeting, const Work& work) {
  Slabs slabs(allocator, work);
  slabs.warm_up(meeting);
  slabs.use();
  ask_about(meeting, [&] { slabs.use(); });
}

// Frees what the thread of the prefix owns, some objects of each slab.
SlabHandle of_prefix[2 * kSlabs];  // NOLINT

void free_of_another(SlabAllocator* allocator, Meeting* meeting, const Work& work) {
  Slabs slabs(allocator, work);
  slabs.warm_up(meeting);
  ask_about(meeting, [&] {
    for (const SlabHandle handle : of_prefix)
      explorer::check(free_obj(allocator, handle), "freed remotely");
  });
}

// Everything that takes the mutex and stops nobody.
void take_the_mutex(SlabAllocator* allocator, Meeting* meeting, const Work& work) {
  Slabs slabs(allocator, work);
  slabs.warm_up(meeting);
  SlabHandle of_closed[2] = {};
  for (SlabHandle& handle : of_closed) alloc_obj_epoch(allocator, kObjectBytes, 7, &handle);
  epoch_close(allocator, 7);
  // So that what heaps keep empty is not asked for later: that stops them.
  alloc_obj_epoch(allocator, 1500, work.epoch, nullptr);
  ask_about(meeting, [&] {
    slab_epoch_inc_refcount(allocator, work.epoch);
    slab_epoch_dec_refcount(allocator, work.epoch);
    slab_epoch_release(allocator, slab_epoch_acquire(allocator));
    slab_epoch_set_label(allocator, work.epoch, "label");
    epoch_domain_t* const domain = epoch_domain_create(allocator);
    epoch_domain_enter(domain);
    epoch_domain_exit(domain);
    epoch_domain_destroy(domain);
    for (const SlabHandle handle : of_closed) free_obj(allocator, handle);
    free_obj(allocator, of_closed[0]);
    free_obj(allocator, 1);
    slab_usable_size(allocator, allocator);
    slab_free(allocator, slab_malloc(allocator, 100000));
    SlabHandle of_new_slabs[12];
    for (SlabHandle& handle : of_new_slabs) alloc_obj_epoch(allocator, 1500, work.epoch, &handle);
    for (const SlabHandle handle : of_new_slabs) free_obj(allocator, handle);
    SlabAllocator* const another = slab_allocator_create();
    slab_free(another, slab_malloc(another, 100));
    slab_allocator_free(another);
  });
}

struct Pair {
  std::string name;
  Role roles[2];
  Work works[2];
  // What the second writes and the first touches, if anything.
  std::vector<std::string> written = {};
};
void PrintTo(const Pair& pair, std::ostream* out) { *out << pair.name; }

explorer::Options by_lot() {
  explorer::Options options;
  options.search = explorer::Search::kPct;
  options.depth = 4;
  options.schedules = 20;
  options.stale_reads = 0;
  options.spurious_failures = 0;
  return options;
}

[[noreturn]] void fails(std::string text) {
  explorer::running_engine->say(std::move(text));
  explorer::running_engine->fail(explorer::Verdict::kBrokenInvariant);
}

// Lines that are shared and should not be.
std::string offences(SlabAllocator* allocator, const Pair& pair) {
  std::string all;
  for (const CacheLines::Shared& shared : lines().shared(allocator)) {
    const auto is_named = [&](const std::string& name) { return shared.place.starts_with(name); };
    // What is written by whoever takes the mutex is what is asked about, not what they read.
    const bool may_be = pair.roles[1] == take_the_mutex && shared.writer == 1;
    if (!may_be && std::none_of(pair.written.begin(), pair.written.end(), is_named))
      all += shared.text;
  }
  return all;
}

class FastPaths : public testing::TestWithParam<Pair> {};

// Nor does anybody take a lock.
// R-2.1-7 R-2.3-5
TEST_P(FastPaths, TouchNoSharedLineThatOthersWrite) {
  const Pair& pair = GetParam();
  const auto body = [&] {
    Subject subject(64 * 1024, 0, model::Ring{});  // whose last epoch is far from its first
    SlabAllocator* const a = subject.allocator();
    lines().begin_run();
    for (std::size_t i = 0; i < 5 * kSlabs; ++i) {
      SlabHandle handle = 0;
      alloc_obj_epoch(a, 768, 0, &handle);
      if (i % 5 < 2) of_prefix[i / 5 * 2 + i % 5] = handle;
    }
    SlabHandle empty = 0;
    alloc_obj_epoch(a, kObjectBytes, 2, &empty);
    free_obj(a, empty);
    Meeting meeting(2);
    explorer::parallel([&] { pair.roles[0](a, &meeting, pair.works[0]); },
                       [&] { pair.roles[1](a, &meeting, pair.works[1]); });
    for (const int thread : {1, 2})
      if (pair.roles[thread - 1] != take_the_mutex && !lines().locked(thread).empty())
        fails("T" + std::to_string(thread) + " takes a mutex at " + lines().locked(thread));
    explorer::check(lines().written() > 5, "it was seen what is written");
    if (const std::string all = offences(a, pair); !all.empty()) fails("shared lines:\n" + all);
  };
  const explorer::Result result = explorer::explore(by_lot(), body);
  EXPECT_TRUE(result.passed()) << result.report;
}

// Neighbours in the page table change as slabs come and go, and in the directory of regions by
// address as mappings of 64 MiB do.
const std::vector<std::string> kOfSlabsThatComeAndGo = {"the page table",
                                                        "the directory of regions, by address"};

INSTANTIATE_TEST_SUITE_P(
    Of, FastPaths,
    testing::Values(
        Pair{"OwnersOfTheSame", {use_own_slabs, use_own_slabs}, {{256, 0}, {256, 0}}},
        Pair{"OwnersOfNeighbouringClasses", {use_own_slabs, use_own_slabs}, {{768, 0}, {512, 0}}},
        Pair{"OwnersOfNeighbouringEpochs", {use_own_slabs, use_own_slabs}, {{768, 0}, {768, 1}}},
        Pair{"OwnersOfFirstAndLast", {use_own_slabs, use_own_slabs}, {{512, 15}, {768, 0}}},
        Pair{"AnOwnerBesideOneWhoFreesOfAnother",
             {use_own_slabs, free_of_another},
             {{768, 0}, {768, 0}}},
        Pair{"AnOwnerBesideTheMutex",
             {use_own_slabs, take_the_mutex},
             {{768, 0}, {768, 0}},
             kOfSlabsThatComeAndGo},
        Pair{"OneWhoFreesOfAnotherBesideTheMutex",
             {free_of_another, take_the_mutex},
             {{768, 0}, {768, 0}},
             kOfSlabsThatComeAndGo}),
    [](const auto& pair) { return pair.param.name; });

}  // namespace
}  // namespace temporal_slab::modelled
