// A process puts a filter on its system calls that does not let membarrier through, while its
// threads are at work in heaps of their own: closing epochs and forking go on as before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <temporal_slab/slab_alloc.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "harness/invariants/invariants.h"
#include "harness/system_call_filter.h"
#include "sync/biased_section.h"
#include "sync/interrupt.h"

// The linker puts the second in the place of madvise (--wrap), and names where the program's own
// memory begins and ends.
extern "C" {
extern char __bss_start, _end;
int __real_madvise(void* at, size_t length, int advice);
int __wrap_madvise(void* at, size_t length, int advice);
}

namespace temporal_slab::faults {
namespace {

// By this thread: pages taken away that are no memory of the allocator's (sync/interrupt.h).
thread_local int stand_ins = 0;

constexpr std::size_t kWorkers = 3;
constexpr std::array<std::size_t, 4> kBytes = {64, 192, 768, 8000};

struct Object {
  unsigned char* at;
  std::size_t bytes;
  unsigned char value;
};

// Threads that allocate, and free what they and the thread before them allocated.
class Workers {
 public:
  explicit Workers(SlabAllocator* allocator) : allocator_(allocator) {
    for (std::size_t i = 0; i < kWorkers; ++i) threads_.emplace_back([this, i] { work(i); });
  }
  // Returns when each of them was through once more, from begin to end.
  void wait_for_all() const {
    for (const Worker& worker : workers_) {
      const std::uint64_t before = worker.rounds.load();
      while (worker.rounds.load() < before + 2) sync::yield();
    }
  }
  // Returns when one of them was through once more: it has slabs of the current epoch.
  void wait_for_one() const {
    std::array<std::uint64_t, kWorkers> before{};
    for (std::size_t i = 0; i < kWorkers; ++i) before[i] = workers_[i].rounds.load();
    for (std::size_t i = 0; workers_[i].rounds.load() < before[i] + 2; i = (i + 1) % kWorkers)
      sync::yield();
  }
  void stop() {
    over_ = true;
    for (std::thread& thread : threads_) thread.join();
    for (Worker& worker : workers_)
      for (const Object& object : worker.box) free_whole(object);
  }
  bool all_are_filtered() const {
    for (const Worker& worker : workers_)
      if (!worker.is_filtered.load()) return false;
    return true;
  }

 private:
  struct Worker {
    std::mutex mutex;
    std::vector<Object> box;  // from the worker before
    std::atomic<std::uint64_t> rounds{0};
    std::atomic<bool> is_filtered{false};
  };

  Object make(std::size_t bytes, unsigned char value) {
    const Object made{static_cast<unsigned char*>(slab_malloc(allocator_, bytes)), bytes, value};
    if (made.at != nullptr) std::memset(made.at, value, bytes);
    return made;
  }
  void free_whole(const Object& object) {
    ASSERT_NE(object.at, nullptr);
    for (std::size_t i = 0; i < object.bytes; i += 32) ASSERT_EQ(object.at[i], object.value);
    slab_free(allocator_, object.at);
  }
  void work(std::size_t number) {
    Worker& mine = workers_[number];
    Worker& next = workers_[(number + 1) % kWorkers];
    unsigned char value = 0;
    while (!over_.load()) {
      std::vector<Object> own;
      for (std::size_t i = 0; i < 40; ++i) own.push_back(make(kBytes[i % 4], ++value));
      std::vector<Object> given;
      {
        const std::lock_guard lock(mine.mutex);
        given.swap(mine.box);
      }
      for (const Object& object : given) free_whole(object);
      for (std::size_t i = 0; i < 20; ++i) free_whole(own[i]);
      {
        const std::lock_guard lock(next.mutex);
        next.box.insert(next.box.end(), own.begin() + 20, own.end());
      }
      mine.is_filtered = ::syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) == -1;
      ++mine.rounds;
    }
  }

  SlabAllocator* const allocator_;
  std::array<Worker, kWorkers> workers_;
  std::atomic<bool> over_{false};
  std::vector<std::thread> threads_;
};

// Beside threads that are at work; each close stops them.
void turn_the_ring(SlabAllocator* allocator, const Workers& workers, int times) {
  for (int i = 0; i < times; ++i) {
    const EpochId epoch = epoch_current(allocator);
    epoch_advance(allocator);
    workers.wait_for_one();
    epoch_close(allocator, epoch);
  }
}

// R-2.6-1
void use_in_a_child(SlabAllocator* allocator) {
  const pid_t child = ::fork();
  if (child == 0) {
    void* const object = slab_malloc(allocator, 64);
    slab_free(allocator, object);
    epoch_close(allocator, epoch_current(allocator));
    ::_exit(object == nullptr ? 1 : 0);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(ProcessThatLosesMembarrier, ClosesEpochsBesideBusyOwnersAsBefore) {
  constexpr int kCloses = 50;
  SlabAllocator* const allocator = slab_allocator_create();
  Workers workers(allocator);
  workers.wait_for_all();
  // Where it has none to lose, or no other barrier, there is nothing to see here:
  // without_membarrier_test.cc, lib/sync/interrupt_test.cc.
  const bool loses =
      sync::Bias::of_this_process().payer() == sync::Bias::Payer::kRevoker && sync::can_interrupt();
  if (loses) {
    const stats::Segment& figures = reinterpret_cast<heap::Allocator*>(allocator)->segment();
    EXPECT_EQ(stats::get(figures.heap_count), kWorkers + 1)
        << "each is at work in a heap of its own";
    turn_the_ring(allocator, workers, kCloses);
    EXPECT_EQ(stand_ins, 0);
    ASSERT_TRUE(harness::refuse_system_calls({SYS_membarrier}, EPERM)) << errno;
    workers.wait_for_all();
    EXPECT_TRUE(workers.all_are_filtered());
    turn_the_ring(allocator, workers, kCloses);
    EXPECT_GE(stand_ins, kCloses) << "each close takes a page of its own away";
    use_in_a_child(allocator);
    turn_the_ring(allocator, workers, kCloses);
  }
  workers.stop();
  EXPECT_THAT(harness::invariants::walk(allocator), testing::IsEmpty());
  slab_allocator_free(allocator);
}

}  // namespace
}  // namespace temporal_slab::faults

int __wrap_madvise(void* at, size_t length, int advice) {
  const auto* const byte = static_cast<const char*>(at);
  if (byte >= &__bss_start && byte < &_end) ++temporal_slab::faults::stand_ins;
  return __real_madvise(at, length, advice);
}
