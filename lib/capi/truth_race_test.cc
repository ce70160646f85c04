// Snapshots in a tight loop, in this process and in another one, while threads do all
// that an application does. The readers' work bounds the test, and the writers go on
// until all readers are done.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <temporal_slab/epoch_domain.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

#include "capi/border.h"
#include "capi/rules_support.h"
#include "capi/truth_support.h"
#include "stats/discovery.h"
#include "stats/segment_reader.h"

namespace temporal_slab::rules {
namespace {

constexpr int kSnapshots = 1500;

// Takes them and looks at each, and at each against the one before.
template <typename Take>
std::string fault_of_many(const Take& take) {
  stats::Snapshot before;
  for (int i = 0; i < kSnapshots; ++i) {
    stats::Snapshot now;
    std::string error;
    if (!take(&now, &error)) return error;
    if (std::string fault = fault_of(now); !fault.empty()) return fault;
    if (i > 0)
      if (std::string fault = fallen_counter(before, now); !fault.empty()) return fault;
    before = std::move(now);
  }
  return "";
}

// The reader in another process, begun before this one has threads.
pid_t start_reader(pid_t process) {
  const pid_t reader = fork();
  if (reader != 0) return reader;
  stats::Selector selector;
  selector.pid = process;
  stats::OpenSegment segment;
  std::string fault;
  if (stats::open_published(selector, &segment, &fault))
    fault = fault_of_many(
        [&](stats::Snapshot* out, std::string* error) { return segment.snapshot(out, error); });
  if (!fault.empty()) std::fprintf(stderr, "in the other process: %s\n", fault.c_str());
  _exit(fault.empty() ? 0 : 1);
}

class Workers {
 public:
  explicit Workers(SlabAllocator* allocator) : allocator_(allocator) {
    for (unsigned i = 0; i < 3; ++i)
      threads_.emplace_back([this, i] {
        for (std::uint64_t step = i; !stop_.load(std::memory_order_relaxed); ++step) work(step);
      });
  }
  ~Workers() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

 private:
  // One at a time turns or closes, so that who enters knows the era by then, and has
  // its name. A few epochs have references: none is ever taken over.
  epoch_domain_t* enter(bool turn, EpochId* epoch, std::uint64_t* era) {
    const std::lock_guard lock(mutex_);
    if (turn) epoch_advance(allocator_);
    *epoch = epoch_current(allocator_);
    *era = slab_epoch_era(allocator_, *epoch);
    pthread_setname_np(pthread_self(), name_of_era(*era).c_str());
    epoch_domain_t* const domain = epoch_domain_wrap(allocator_, *epoch, false);
    EXPECT_TRUE(epoch_domain_enter(domain));
    return domain;
  }

  void work(std::uint64_t step) {
    EpochId epoch = 0;
    std::uint64_t era = 0;
    epoch_domain_t* const domain = enter(step % 4 == 0, &epoch, &era);
    std::vector<void*> objects;
    for (std::uint32_t i = 0; i < 20; ++i) {
      slab_epoch_inc_refcount(allocator_, epoch);
      slab_epoch_set_label(allocator_, epoch, label_of_era(era, i).c_str());
      objects.push_back(slab_malloc(allocator_, 64 + 32 * i));
      slab_epoch_dec_refcount(allocator_, epoch);
    }
    if (step % 8 == 1) {
      const std::lock_guard lock(mutex_);
      epoch_close(allocator_, epoch);
    }
    for (void* object : objects) slab_free(allocator_, object);
    EXPECT_TRUE(epoch_domain_exit(domain));
    EXPECT_TRUE(epoch_domain_destroy(domain));
  }

  SlabAllocator* const allocator_;
  std::mutex mutex_;
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_;
};

bool take_here(SlabAllocator* allocator, stats::Snapshot* out, std::string* error) {
  return stats::read_snapshot(stats::MemoryView(&capi::inner(allocator)->segment()),
                              stats::read_context(0), out, error);
}

// R-3-1 R-3-3 R-2.5-5
TEST(Truth, HoldsInEachSnapshotWhileEverythingMoves) {
  const Allocator allocator = make_named_allocator("truth", true);
  ASSERT_TRUE(slab_allocator_published(allocator.get()));
  const pid_t reader = start_reader(getpid());
  ASSERT_GT(reader, 0);
  int status = -1;
  {
    const Workers workers(allocator.get());
    Openings openings;
    EXPECT_EQ(fault_of_many([&](stats::Snapshot* out, std::string* error) {
                *error = openings.fault_of(&capi::inner(allocator.get())->segment());
                return error->empty() && take_here(allocator.get(), out, error);
              }),
              "");
    ASSERT_EQ(waitpid(reader, &status, 0), reader);
  }
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_GT(global_stats(allocator.get()).epochs_closed, 0u);
  EXPECT_EQ(global_stats(allocator.get()).abandoned_refs, 0u);
}

constexpr std::uint64_t kNsPerSec = 1'000'000'000;

// What is wrong with the row of a reference that leaked between two times.
std::string fault_of_leak(SlabAllocator* allocator, std::uint64_t before_ns,
                          std::uint64_t after_ns) {
  const std::uint64_t taken_after_ns = stats::read_context(0).now_monotonic_ns;
  stats::Snapshot snapshot;
  std::string error;
  if (!take_here(allocator, &snapshot, &error)) return error;
  const std::uint64_t taken_before_ns = stats::read_context(0).now_monotonic_ns;
  const stats::EpochRow& row = snapshot.epochs[1];
  if (row.epoch_era != 1 || row.refcount != 1 || row.holders.size() != 1) return "it is gone";
  if (row.label != "the leak" || row.holders[0].thread != "leaker") return "it lost its name";
  if (row.age_sec < (taken_after_ns - after_ns) / kNsPerSec ||
      row.age_sec > (taken_before_ns - before_ns) / kNsPerSec)
    return "its age is " + std::to_string(row.age_sec);
  return "";
}

// R-2.2-2 R-2.3-3
TEST(Truth, ALeakKeepsItsAgeAndItsHolderWhileTheRingTurns) {
  const Allocator allocator = make_allocator();
  const std::uint64_t before_ns = stats::read_context(0).now_monotonic_ns;
  epoch_advance(allocator.get());
  const std::uint64_t after_ns = stats::read_context(0).now_monotonic_ns;
  std::thread([&] {
    pthread_setname_np(pthread_self(), "leaker");
    slab_epoch_acquire(allocator.get());
    slab_epoch_set_label(allocator.get(), 1, "the leak");
  }).join();
  // At least as many turns as ten thousand a second give, and until the age has grown.
  std::uint64_t turns = 0;
  while (turns < 10'000 || stats::read_context(0).now_monotonic_ns < after_ns + kNsPerSec) {
    epoch_advance(allocator.get());
    if (++turns % 100 == 0) {
      ASSERT_EQ(fault_of_leak(allocator.get(), before_ns, after_ns), "");
    }
  }
  EXPECT_EQ(fault_of_leak(allocator.get(), before_ns, after_ns), "");
}

}  // namespace
}  // namespace temporal_slab::rules
