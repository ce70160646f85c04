// A healthy server under load, looked at by doctor again and again: silent, however fast its ring
// turns. Eight threads answer requests that overlap the turns of the ring: each takes a reference
// and leaves it, and what it allocates it frees, partly after its epoch was left.
//
// TEMPORAL_SLAB_HEALTHY_SEC: how long at each speed, if not a few seconds.
#include <gtest/gtest.h>
#include <temporal_slab/slab_alloc.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "stats/segment_test_support.h"
#include "tslab/tslab_test_support.h"

namespace temporal_slab::tslab {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kThreads = 8;
constexpr int kObjects = 200;         // of a request
constexpr std::size_t kKept = 2'000;  // objects that a thread keeps alive for its next requests

// Older than any request, and younger than the server at the end of a short run.
constexpr const char* kAgeSec = "2";

// What several requests use: the oldest goes when there are too many.
class Session {
 public:
  explicit Session(SlabAllocator* allocator) : allocator_(allocator) {}
  ~Session() { shrink_to(0); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void keep(void* object) {
    objects_.push_back(object);
    shrink_to(kKept);
  }

 private:
  void shrink_to(std::size_t most) {
    for (; objects_.size() > most; objects_.pop_front()) slab_free(allocator_, objects_.front());
  }
  SlabAllocator* const allocator_;
  std::deque<void*> objects_;
};

class Server {
 public:
  // 0 ms: each request turns the ring.
  Server(SlabAllocator* allocator, std::chrono::milliseconds turn, bool turns)
      : allocator_(allocator), each_request_turns_(turns && turn == 0ms) {
    for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this, i] { work(i); });
    if (turns && turn != 0ms)
      threads_.emplace_back([this, turn] {
        std::unique_lock lock(mutex_);
        for (auto next = Clock::now() + turn;
             !stopped_.wait_until(lock, next, [this] { return stop_.load(); }); next += turn)
          epoch_advance(allocator_);
      });
  }
  ~Server() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    stopped_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

 private:
  void work(int number) {
    Session session(allocator_);
    std::minstd_rand random(static_cast<unsigned>(number));
    while (!stop_) request(session, random);
  }

  void request(Session& session, std::minstd_rand& random) {
    if (each_request_turns_) epoch_advance(allocator_);
    const SlabEpochRef reference = slab_epoch_acquire(allocator_);
    void* objects[kObjects];
    for (void*& object : objects) object = slab_malloc(allocator_, 16 + random() % 240);
    for (int i = 0; i < kObjects; ++i) {
      if (i % 10 == 0)
        session.keep(objects[i]);
      else
        slab_free(allocator_, objects[i]);
    }
    slab_epoch_release(allocator_, reference);
  }

  SlabAllocator* const allocator_;
  const bool each_request_turns_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

struct Speed {
  const char* name;
  bool turns;
  std::chrono::milliseconds turn;
};

class HealthyServer : public testing::TestWithParam<Speed> {};

TEST_P(HealthyServer, IsSilent) {
  const char* const seconds = std::getenv("TEMPORAL_SLAB_HEALTHY_SEC");
  const auto time = seconds == nullptr ? 3500ms : 1000ms * std::atoi(seconds);
  const stats::RuntimeFolder runtime;
  SlabOptions options;
  slab_options_init(&options);
  options.publish = true;
  SlabAllocator* const allocator = slab_allocator_create_with(&options);
  {
    const Server server(allocator, GetParam().turn, GetParam().turns);
    int looks = 0;
    for (const auto end = Clock::now() + time; Clock::now() < end; ++looks) {
      const Outcome outcome = run_here({"doctor", "--age", kAgeSec});
      ASSERT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    }
    EXPECT_GT(looks, 3);
  }
  slab_allocator_free(allocator);
}

INSTANTIATE_TEST_SUITE_P(AtEachSpeed, HealthyServer,
                         testing::Values(Speed{"NoTurns", false, 0ms},
                                         Speed{"TurnsEach100Ms", true, 100ms},
                                         Speed{"TurnsEachMs", true, 1ms},
                                         Speed{"TurnsEachRequest", true, 0ms}),
                         [](const auto& speed) { return speed.param.name; });

}  // namespace
}  // namespace temporal_slab::tslab
