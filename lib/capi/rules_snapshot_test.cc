// What a snapshot shows and what taking one costs the others.
#include <gtest/gtest.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <future>

#include "capi/rules_json_support.h"
#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

// R-3-2
TEST(EpochRows, HaveTheFieldsThatAreFixedForEver) {
  const Allocator allocator = make_allocator();
  const Json epochs = snapshot(allocator.get())["epochs"];
  ASSERT_EQ(epochs.size(), 16u);
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(epochs[i]["epoch_id"], i);
    EXPECT_TRUE(epochs[i]["state"].is_string());
    EXPECT_TRUE(epochs[i]["label"].is_string());
    for (const char* name :
         {"epoch_era", "age_sec", "refcount", "total_partial_slabs", "total_full_slabs",
          "total_reclaimable_slabs", "estimated_rss_bytes"}) {
      EXPECT_TRUE(epochs[i][name].is_number_unsigned()) << name;
    }
  }
}

// R-3-2
TEST(Snapshot, SaysWhoseItIs) {
  const Allocator allocator = make_named_allocator("orders");
  const Json json = snapshot(allocator.get());
  EXPECT_EQ(json["schema_version"], 1u);
  EXPECT_EQ(json["version"], TEMPORAL_SLAB_VERSION);
  EXPECT_EQ(json["pid"], static_cast<std::uint64_t>(::getpid()));
  EXPECT_EQ(json["allocator"], "orders");
  EXPECT_EQ(json["page_size"], static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
  EXPECT_EQ(json["epoch_count"], 16u);
  EXPECT_EQ(json["classes"].size(), std::size_t{SLAB_CLASS_COUNT});
}

// R-3-2
TEST(Snapshot, SaysTheSameAsTheStructs) {
  const Allocator allocator = make_allocator();
  make_objects(allocator.get(), 100, 96, 3);
  slab_epoch_set_label(allocator.get(), 3, "three");
  slab_epoch_inc_refcount(allocator.get(), 3);
  const Json json = snapshot(allocator.get());
  SlabClassStats of_class;
  slab_stats_class(allocator.get(), 1, &of_class);
  EXPECT_EQ(json["classes"][1]["live_objects"], of_class.live_objects);
  EXPECT_EQ(json["classes"][1]["committed_bytes"], of_class.committed_bytes);
  const SlabEpochStats of_epoch = epoch_stats(allocator.get(), 1, 3);
  EXPECT_EQ(json["epochs"][3]["label"], of_epoch.label);
  EXPECT_EQ(json["epochs"][3]["refcount"], of_epoch.refcount);
  EXPECT_EQ(json["epochs"][3]["total_partial_slabs"], of_epoch.partial_slab_count);
  EXPECT_EQ(json["epochs"][3]["total_full_slabs"], of_epoch.full_slab_count);
  EXPECT_EQ(json["total_allocs"], global_stats(allocator.get()).total_allocs);
}

// R-3-2
TEST(Snapshot, CountsTheProcessesResidentBytesLikeTheKernel) {
  const Allocator allocator = make_allocator();
  const auto shown = static_cast<double>(global_stats(allocator.get()).rss_bytes_current);
  EXPECT_NEAR(shown, static_cast<double>(resident_bytes()), 4 << 20);
}

// R-2-1
TEST(Stats, WithBadArgumentsAreRefusedAndLeaveTheResultAlone) {
  const Allocator allocator = make_allocator();
  SlabGlobalStats global{};
  SlabClassStats of_class{};
  SlabEpochStats of_epoch{};
  of_class.allocs = 77;
  of_epoch.refcount = 77;
  SlabAllocator* a = allocator.get();
  EXPECT_EQ(errno_after([&] { slab_stats_global(nullptr, &global); }), EINVAL);
  EXPECT_EQ(errno_after([&] { slab_stats_global(a, nullptr); }), EINVAL);
  EXPECT_EQ(errno_after([&] { slab_stats_class(nullptr, 0, &of_class); }), EINVAL);
  EXPECT_EQ(errno_after([&] { slab_stats_class(a, SLAB_CLASS_COUNT, &of_class); }), EINVAL);
  EXPECT_EQ(errno_after([&] { slab_stats_class(a, 0xffffffffu, &of_class); }), EINVAL);
  EXPECT_EQ(errno_after([&] { slab_stats_class(a, 0, nullptr); }), EINVAL);
  EXPECT_EQ(errno_after([&] { slab_stats_epoch(nullptr, 0, 0, &of_epoch); }), EINVAL);
  EXPECT_EQ(errno_after([&] { slab_stats_epoch(a, SLAB_CLASS_COUNT, 0, &of_epoch); }), EINVAL);
  EXPECT_EQ(errno_after([&] { slab_stats_epoch(a, 0, 16, &of_epoch); }), EINVAL);
  EXPECT_EQ(errno_after([&] { slab_stats_epoch(a, 0, 0, nullptr); }), EINVAL);
  EXPECT_EQ(global.total_allocs, 0u);
  EXPECT_EQ(of_class.allocs, 77u);
  EXPECT_EQ(of_epoch.refcount, 77u);
}

// Stops a thread wherever it is, maybe in the middle of a call, until `release`.
// It sleeps in the kernel meanwhile: a thread that turned in a loop would take
// processor time from the reader whose progress is the question.
class StoppedThread {
 public:
  explicit StoppedThread(pthread_t thread) : number_(entered_.load() + 1) {
    ::pthread_kill(thread, SIGUSR1);
    EXPECT_TRUE(wait_until([&] { return entered_.load() == number_; }));
  }
  ~StoppedThread() { release(); }
  StoppedThread(const StoppedThread&) = delete;
  StoppedThread& operator=(const StoppedThread&) = delete;

  void release() {
    if (released_) return;
    released_ = true;
    EXPECT_EQ(::sem_post(&may_go_on_), 0);
  }

  static void install() {
    static const int made = ::sem_init(&may_go_on_, 0, 0);
    ASSERT_EQ(made, 0);
    struct sigaction action = {};
    action.sa_handler = [](int) {
      const int saved = errno;
      entered_.fetch_add(1);
      while (::sem_wait(&may_go_on_) != 0 && errno == EINTR) {
      }
      errno = saved;
    };
    ::sigaction(SIGUSR1, &action, nullptr);
  }

 private:
  const int number_;
  bool released_ = false;
  static inline std::atomic<int> entered_{0};
  static inline sem_t may_go_on_;
};

// What may be read while another thread is stopped in the middle of anything.
struct Reading {
  const char* name;
  void (*read)(SlabAllocator*);
};

class WhileAThreadIsStopped : public testing::TestWithParam<Reading> {};

// R-3-5
TEST_P(WhileAThreadIsStopped, ReadingGoesOn) {
  StoppedThread::install();
  const Allocator allocator = make_allocator(0);
  std::atomic<bool> done{false};
  std::atomic<unsigned> rounds{0};
  std::thread worker([&] {
    // Nothing here but calls that change something; none of them uses malloc.
    for (unsigned i = 0; !done.load(); ++i) {
      rounds.store(i);
      const EpochId current = epoch_current(allocator.get());
      const SlabHandle handle = make_object(allocator.get(), kClassBytes[i % 8], current).handle;
      slab_epoch_set_label(allocator.get(), current, i % 2 == 0 ? "even" : "odd");
      slab_epoch_inc_refcount(allocator.get(), current);
      slab_epoch_dec_refcount(allocator.get(), current);
      epoch_advance(allocator.get());
      free_obj(allocator.get(), handle);
    }
  });
  // Only our calls are in question: a thread that just begins may hold a lock of a sanitizer's
  // malloc, and the reader's thread needs that one to begin.
  ASSERT_TRUE(wait_until([&] { return rounds.load() > 0; }));
  for (int stop = 0; stop < 100 && !HasFailure(); ++stop) {
    StoppedThread stopped(worker.native_handle());
    auto reading = std::async(std::launch::async, [&] { GetParam().read(allocator.get()); });
    // Were it to wait for the stopped thread, it would wait for ever.
    EXPECT_EQ(reading.wait_for(std::chrono::seconds(20)), std::future_status::ready);
    stopped.release();
  }
  done.store(true);
  worker.join();
}

INSTANTIATE_TEST_SUITE_P(
    Of, WhileAThreadIsStopped,
    testing::Values(Reading{"GlobalStats", [](SlabAllocator* a) { global_stats(a); }},
                    Reading{"ClassStats",
                            [](SlabAllocator* a) {
                              SlabClassStats stats;
                              slab_stats_class(a, 0, &stats);
                            }},
                    Reading{"EpochStats",
                            [](SlabAllocator* a) {
                              for (EpochId e = 0; e < kEpochs; ++e) epoch_stats(a, 0, e);
                            }},
                    Reading{"Json", [](SlabAllocator* a) { (void)json_text(a); }},
                    Reading{"TheRing",
                            [](SlabAllocator* a) {
                              const EpochId current = epoch_current(a);
                              slab_epoch_era(a, current);
                              slab_epoch_state(a, current);
                              slab_epoch_get_refcount(a, current);
                              (void)label_of(a, current);
                            }}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace temporal_slab::rules
