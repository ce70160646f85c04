// A process that exits while its threads are inside calls ends with its status, at once, and
// leaves no segment behind (R-2.6-2).
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <temporal_slab/epoch_domain.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "capi/rules_folder_support.h"
#include "capi/rules_support.h"

namespace temporal_slab::rules {
namespace {

constexpr int kStatus = 7;
constexpr unsigned kThreads = 3;

// What the exiting process has. It is never taken down: its threads use it to the last.
struct Busy {
  SlabAllocator* published = make_named_allocator("busy", true).release();
  SlabAllocator* unpublished = make_named_allocator("busy too").release();
  std::atomic<std::uint64_t> steps[kThreads] = {};
};

// Inside a call at almost any time, for ever.
void work(Busy& busy, unsigned index) {
  for (std::uint64_t i = 0;; ++i) {
    SlabAllocator* const a = i % 2 == 0 ? busy.published : busy.unpublished;
    const SlabEpochRef reference = slab_epoch_acquire(a);
    const Object object = make_object(a, index == 0 ? 64 : 700, reference.epoch);
    void* const large = slab_malloc(a, 100'000);
    epoch_domain_t* const domain = epoch_domain_create(a);
    if (epoch_domain_enter(domain)) epoch_domain_exit(domain);
    epoch_domain_destroy(domain);
    slab_epoch_set_label(a, reference.epoch, "busy");
    if (i % 3 == index) epoch_advance(a);
    if (i % 7 == index) epoch_close(a, reference.epoch);
    slab_free(a, large);
    free_obj(a, object.handle);
    slab_epoch_release(a, reference);
    SlabEpochStats row;
    slab_stats_epoch(a, 0, reference.epoch, &row);
    ++busy.steps[index];
  }
}

// Each thread has been through all of it.
bool all_are_busy(const Busy& busy, std::uint64_t at_least) {
  for (const auto& steps : busy.steps)
    if (steps < at_least) return false;
  return true;
}

bool publishes_last = false;

// Of all destructors the last one, after the library's own.
[[gnu::destructor(101)]] void publish_last() {
  if (!publishes_last) return;
  const Allocator allocator = make_named_allocator("too late", true);
  errno = 0;
  if (slab_allocator_published(allocator.get()) || errno != ESHUTDOWN) ::_exit(93);
  if (make_object(allocator.get(), 100, 0).handle == 0) ::_exit(94);
}

class Exiting : public testing::Test {
 protected:
  // Runs `body`, which ends the process, in a child; looks at how it ended.
  template <typename Body>
  void run_child(const Body& body) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(60);  // one that hangs ends, by a signal
      body();
      for (;;) ::pause();
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), kStatus);
    EXPECT_EQ(runtime.files(), std::vector<std::filesystem::path>());
  }

  // Children with busy threads, which `leave(busy)` ends, each at another moment.
  template <typename Leave>
  void run_rounds(const Leave& leave) {
    for (unsigned round = 0; round < 40 && !HasFailure(); ++round) {
      SCOPED_TRACE(testing::Message() << "round " << round);
      run_child([&] {
        auto& busy = *new Busy;
        if (!slab_allocator_published(busy.published)) ::_exit(90);
        for (unsigned i = 0; i < kThreads; ++i) std::thread(work, std::ref(busy), i).detach();
        if (!wait_until([&] { return all_are_busy(busy, 20 + round); })) ::_exit(91);
        leave(busy);
      });
    }
  }

  const RuntimeFolder runtime;
};

// R-2.6-2
TEST_F(Exiting, FromItsMainThreadLeavesNothing) {
  run_rounds([](Busy&) { std::exit(kStatus); });
}

// R-2.6-2
TEST_F(Exiting, FromAnyOtherThreadLeavesNothing) {
  run_rounds([](Busy&) { std::thread([] { std::exit(kStatus); }).detach(); });
}

// R-2.6-2: the application's own handlers still use allocators and free them.
TEST_F(Exiting, ThroughHandlersThatUseAllocatorsLeavesNothing) {
  run_rounds([](Busy& busy) {
    static SlabAllocator* const last = make_named_allocator("the last", true).release();
    static SlabAllocator* const used = busy.published;
    std::atexit([] {
      for (SlabAllocator* const a : {last, used}) {
        const Object object = make_object(a, 100, epoch_current(a));
        if (object.handle != 0 && !free_obj(a, object.handle)) std::_Exit(92);
      }
      slab_allocator_free(last);
    });
    std::exit(kStatus);
  });
}

// R-2.6-2
TEST_F(Exiting, WhileAllocatorsComeAndGoLeavesNothing) {
  run_rounds([](Busy&) {
    static std::atomic<unsigned> come_and_gone{0};
    std::thread([] {
      for (;; ++come_and_gone) make_named_allocator("short-lived", true).reset();
    }).detach();
    if (!wait_until([] { return come_and_gone >= 5; })) ::_exit(95);
    std::exit(kStatus);
  });
}

// R-2.6-2 R-2.6-4: also in a process that has published none before.
TEST_F(Exiting, LeavesAllocatorsThatAreMadeAfterItUnpublished) {
  publishes_last = true;  // in the children
  run_child([] { std::exit(kStatus); });
  run_child([] {
    make_named_allocator("in time", true).release();
    std::exit(kStatus);
  });
  publishes_last = false;
}

}  // namespace
}  // namespace temporal_slab::rules
