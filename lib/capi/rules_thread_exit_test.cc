// Threads that end in any order against the allocators that they used (R-2.3-3).
#include <gtest/gtest.h>
#include <pthread.h>
#include <temporal_slab/epoch_domain.h>

#include <barrier>
#include <cstring>
#include <thread>

#include "capi/rules_sums_support.h"

namespace temporal_slab::rules {
namespace {

constexpr unsigned kThreads = 4;

// What a thread leaves behind.
struct Left {
  Object object;
  SlabEpochRef reference;
};

// Calls of each kind that may keep something of the thread in the allocator. One object and one
// reference stay.
Left use(SlabAllocator* allocator) {
  const SlabEpochRef reference = slab_epoch_acquire(allocator);
  const auto objects = make_objects(allocator, 20, 128, reference.epoch);
  for (const Object& object : objects) std::memset(object.pointer, 0x6b, 128);
  for (std::size_t i = 1; i < objects.size(); ++i)
    EXPECT_TRUE(free_obj(allocator, objects[i].handle));
  slab_epoch_inc_refcount(allocator, reference.epoch);
  epoch_domain_t* const domain = epoch_domain_create(allocator);
  EXPECT_TRUE(epoch_domain_enter(domain));
  slab_free(allocator, slab_malloc(allocator, 700));
  EXPECT_TRUE(epoch_domain_exit(domain));
  EXPECT_TRUE(epoch_domain_destroy(domain));
  slab_epoch_dec_refcount(allocator, reference.epoch);
  return {objects[0], reference};
}

// As that leaves them, after so many uses that nobody took anything back of.
void expect_left(SlabAllocator* allocator, std::uint64_t uses) {
  const SlabGlobalStats stats = global_stats(allocator);
  EXPECT_EQ(stats.total_allocs, 21 * uses);
  EXPECT_EQ(stats.total_frees, 20 * uses);
  EXPECT_EQ(stats.stale_frees + stats.invalid_frees + stats.refcount_underflows, 0u);
  EXPECT_EQ(slab_epoch_get_refcount(allocator, 0), uses);
}

// Takes it back on the calling thread.
void take_back(SlabAllocator* allocator, const Left& left) {
  EXPECT_EQ(static_cast<unsigned char*>(left.object.pointer)[127], 0x6b);
  EXPECT_TRUE(free_obj(allocator, left.object.handle));
  EXPECT_TRUE(slab_epoch_release(allocator, left.reference));
}

void expect_empty_when_closed(SlabAllocator* allocator) {
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) epoch_close(allocator, epoch);
  const SlabGlobalStats stats = global_stats(allocator);
  EXPECT_EQ(stats.total_allocs, stats.total_frees);
  EXPECT_EQ(stats.net_slabs, 0u);
}

// R-2.3-3 R-3-4
TEST(ThreadsThatEndBeforeTheirAllocator, LeaveAllThatTheyLeftToOthers) {
  for (int round = 0; round < 20; ++round) {
    const Allocator allocator = make_allocator(0);
    std::vector<Left> left(kThreads);
    run_threads(kThreads, [&](unsigned index) { left[index] = use(allocator.get()); });
    expect_left(allocator.get(), kThreads);
    expect_sums_agree(allocator.get());
    for (const Left& each : left) take_back(allocator.get(), each);
    EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 0u);
    expect_empty_when_closed(allocator.get());
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

// R-2.3-3 R-3-4: also one that has the address of the former.
TEST(ThreadsThatEndAfterTheirAllocator, LeaveTheNextOneAlone) {
  for (int round = 0; round < 20; ++round) {
    Allocator allocator = make_allocator();
    std::vector<Left> left(kThreads);
    std::barrier step(kThreads + 1);
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < kThreads; ++i)
      threads.emplace_back([&, i] {
        use(allocator.get());
        step.arrive_and_wait();
        step.arrive_and_wait();
        // Half of them knew the former one alone when they end.
        if (i % 2 == 0) left[i] = use(allocator.get());
      });
    step.arrive_and_wait();
    allocator.reset();
    allocator = make_allocator(0);
    const Left own = use(allocator.get());
    step.arrive_and_wait();
    for (std::thread& thread : threads) thread.join();
    expect_left(allocator.get(), 1 + kThreads / 2);
    expect_sums_agree(allocator.get());
    take_back(allocator.get(), own);
    for (unsigned i = 0; i < kThreads; i += 2) take_back(allocator.get(), left[i]);
    expect_empty_when_closed(allocator.get());
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

// R-2.3-3 R-3-4
TEST(ThreadsThatEndWhileAllocatorsComeAndGo, AreCountedByThoseThatStay) {
  constexpr unsigned kStaying = 8;
  constexpr std::uint64_t kWaves = 100;
  std::vector<Allocator> staying;
  for (unsigned i = 0; i < kStaying; ++i) staying.push_back(make_allocator());
  std::atomic<bool> done{false};
  std::vector<std::thread> churning;
  for (unsigned i = 0; i < 2; ++i)
    churning.emplace_back([&] {
      while (!done) use(make_allocator().get());
    });
  for (std::uint64_t wave = 0; wave < kWaves; ++wave)
    run_threads(kThreads, [&](unsigned) {
      for (const Allocator& allocator : staying) use(allocator.get());
      use(make_allocator().get());
    });
  done = true;
  for (std::thread& thread : churning) thread.join();
  for (const Allocator& allocator : staying) {
    expect_left(allocator.get(), kThreads * kWaves);
    expect_sums_agree(allocator.get());
  }
}

constexpr unsigned kHundreds = 400;

std::vector<Allocator> hundreds_of_allocators() {
  std::vector<Allocator> allocators;
  for (unsigned i = 0; i < kHundreds; ++i) allocators.push_back(make_allocator(0));
  return allocators;
}

// R-2.3-3 R-3-4
TEST(ThreadsOfHundredsOfAllocators, EndAfterHalfOfThem) {
  std::vector<Allocator> allocators = hundreds_of_allocators();
  std::barrier step(kThreads + 1);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      for (const Allocator& allocator : allocators) use(allocator.get());
      step.arrive_and_wait();
      step.arrive_and_wait();
    });
  step.arrive_and_wait();
  for (unsigned i = 0; i < kHundreds; i += 2) allocators[i].reset();
  step.arrive_and_wait();
  for (std::thread& thread : threads) thread.join();
  for (unsigned i = 1; i < kHundreds; i += 2) expect_left(allocators[i].get(), kThreads);
  for (unsigned i = 1; i < kHundreds; i += 40) expect_sums_agree(allocators[i].get());
}

// R-2.3-3 R-3-4
TEST(ThreadsOfHundredsOfAllocators, EndWhileThoseAreFreed) {
  for (int round = 0; round < 3; ++round) {
    std::vector<Allocator> allocators = hundreds_of_allocators();
    std::barrier step(kThreads + 1);
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < kThreads; ++i)
      threads.emplace_back([&, i] {
        for (unsigned n = 0; n < kHundreds; ++n)
          use(allocators[i % 2 == 0 ? n : kHundreds - 1 - n].get());
        step.arrive_and_wait();
      });
    step.arrive_and_wait();
    // In no order that a list of either side would have.
    for (unsigned n = 0; n < kHundreds; ++n)
      if (n % 8 != 0) allocators[n * 7 % kHundreds].reset();
    for (std::thread& thread : threads) thread.join();
    for (const Allocator& allocator : allocators)
      if (allocator != nullptr) expect_left(allocator.get(), kThreads);
    expect_sums_agree(allocators[0].get());
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

// What a thread does to an allocator as it ends, from a destructor of the application's own: that
// may run before or after whatever the library does then.
struct LastWill {
  SlabAllocator* allocator;
  pthread_key_t key;
  // The system goes through the keys four times at most; the sanitizers need the last one.
  int times_left = 3;
};

void execute(void* argument) {
  auto* const will = static_cast<LastWill*>(argument);
  use(will->allocator);
  if (--will->times_left > 0) pthread_setspecific(will->key, will);
}

pthread_key_t make_key() {
  pthread_key_t key = 0;
  EXPECT_EQ(pthread_key_create(&key, execute), 0);
  return key;
}

// Before any allocator was made.
const pthread_key_t kOldKey = make_key();

struct UseAtExit {
  ~UseAtExit() {
    if (allocator != nullptr) use(allocator);
  }
  SlabAllocator* allocator = nullptr;
};
thread_local UseAtExit use_at_exit;

// R-2.3-3 R-3-4
TEST(CallsOfAThreadThatIsEnding, AreCountedAndWork) {
  const Allocator allocator = make_allocator(0);
  const pthread_key_t new_key = make_key();
  for (const bool used_before : {false, true}) {
    const std::uint64_t before = slab_epoch_get_refcount(allocator.get(), 0);
    run_threads(kThreads, [&](unsigned index) {
      thread_local LastWill old_will{allocator.get(), kOldKey};
      thread_local LastWill new_will{allocator.get(), new_key};
      use_at_exit.allocator = allocator.get();
      if (index % 2 == 0) pthread_setspecific(kOldKey, &old_will);
      if (used_before) use(allocator.get());
      pthread_setspecific(new_key, &new_will);
    });
    const std::uint64_t uses = kThreads * (1 + 3 + used_before) + kThreads / 2 * 3;
    expect_left(allocator.get(), before + uses);
    expect_sums_agree(allocator.get());
  }
  EXPECT_GT(slab_epoch_discard(allocator.get(), 0), 0u);
  expect_empty_when_closed(allocator.get());
  pthread_key_delete(new_key);
}

}  // namespace
}  // namespace temporal_slab::rules
