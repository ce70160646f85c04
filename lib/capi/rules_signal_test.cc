// Signals that arrive inside calls, whose handler looks at the allocator from the same thread: it
// never waits for what it has interrupted, and no row that it sees is torn (R-3-3, R-3-5).
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <temporal_slab/epoch_domain.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <thread>

#include "capi/rules_signal_support.h"
#include "capi/truth_support.h"

namespace temporal_slab::rules {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kLooks = 500;
#else
constexpr std::uint64_t kLooks = 3000;
#endif

std::array<std::atomic<SlabHandle>, 8> mail;  // objects for whoever comes by

class Calls {
 public:
  Calls(Looker& me, unsigned seed) : me_(me), a_(me.allocator), random_(seed) {}

  void make_one() {
    switch (random_() % 13) {
      case 0:
        return inside("epoch_advance", [&] { epoch_advance(a_); });
      case 1:
        return inside("epoch_close", [&] { epoch_close(a_, any_epoch()); });
      case 2:
        return inside("slab_epoch_try_close", [&] { slab_epoch_try_close(a_, any_epoch()); });
      case 3:
        if (random_() % 8 != 0) return;
        return inside("slab_epoch_discard", [&] { slab_epoch_discard(a_, any_epoch()); });
      case 4:
      case 5:
        return references_.size() < kMostHeld ? acquire() : release();
      case 6:
        return set_label();
      case 7:
        return inc_and_dec();
      case 8:
        return enter_and_exit();
      case 9:
        return read();
      case 10:
        return use_malloc();
      default:
        return allocate_and_free();
    }
  }

  void leave() {
    while (!references_.empty()) release();
  }

 private:
  template <typename Work>
  void inside(const char* name, const Work& work) {
    me_.call = name;
    me_.inside = true;
    work();
    me_.inside = false;
  }
  EpochId any_epoch() { return static_cast<EpochId>(random_() % kEpochs); }

  void acquire() {
    SlabEpochRef reference{};
    inside("slab_epoch_acquire", [&] { reference = slab_epoch_acquire(a_); });
    references_.push_back(reference);
    me_.held[reference.epoch].era = reference.era;
    ++me_.held[reference.epoch].count;
  }
  void release() {
    const SlabEpochRef reference = references_.back();
    references_.pop_back();
    --me_.held[reference.epoch].count;
    inside("slab_epoch_release", [&] { EXPECT_TRUE(slab_epoch_release(a_, reference)); });
  }
  void set_label() {
    if (references_.empty()) return;
    const SlabEpochRef reference = references_.back();
    const std::string label =
        label_of_era(reference.era, static_cast<std::uint32_t>(10 + random_() % 89));
    inside("slab_epoch_set_label",
           [&] { slab_epoch_set_label(a_, reference.epoch, label.c_str()); });
  }
  void inc_and_dec() {
    if (references_.empty()) return;
    const EpochId epoch = references_.back().epoch;  // which stands meanwhile
    inside("slab_epoch_inc_refcount", [&] { slab_epoch_inc_refcount(a_, epoch); });
    ++me_.held[epoch].count;
    inside("slab_epoch_get_refcount", [&] { slab_epoch_get_refcount(a_, epoch); });
    --me_.held[epoch].count;
    inside("slab_epoch_dec_refcount", [&] { slab_epoch_dec_refcount(a_, epoch); });
  }
  void enter_and_exit() {
    inside("a domain", [&] {
      epoch_domain_t* const domain = epoch_domain_wrap(a_, epoch_current(a_), true);
      if (epoch_domain_enter(domain)) {
        slab_free(a_, slab_malloc(a_, 500));
        epoch_domain_exit(domain);
      }
      epoch_domain_destroy(domain);
    });
  }
  void read() {
    inside("slab_stats_global", [&] { global_stats(a_); });
    inside("slab_stats_class", [&] {
      SlabClassStats row;
      slab_stats_class(a_, static_cast<std::uint32_t>(random_() % SLAB_CLASS_COUNT), &row);
    });
    inside("slab_epoch_get_label", [&] {
      char label[SLAB_LABEL_BYTES];
      slab_epoch_get_label(a_, any_epoch(), label);
    });
  }
  // So the handler must not.
  void use_malloc() {
    me_.call = "malloc";
    for (unsigned i = 0; i < 8; ++i) {
      void* volatile memory = std::malloc(1 + random_() % 300'000);
      std::free(memory);
    }
    me_.call = "slab_stats_write_json";
    const int fd = ::memfd_create("snapshot", MFD_CLOEXEC);
    EXPECT_TRUE(slab_stats_write_json(a_, fd));
    ::close(fd);
  }
  void allocate_and_free() {
    inside("alloc_obj_epoch and free_obj", [&] {
      for (unsigned i = 0; i < 8; ++i) {
        const auto bytes = static_cast<std::uint32_t>(1 + random_() % 900);
        const Object object = make_object(a_, bytes, epoch_current(a_));
        const SlabHandle other = mail[random_() % mail.size()].exchange(object.handle);
        if (other != 0) free_obj(a_, other);
      }
    });
    inside("slab_realloc", [&] {
      void* object = slab_malloc(a_, 100);
      if (void* const grown = slab_realloc(a_, object, 50'000); grown != nullptr) object = grown;
      slab_free(a_, object);
    });
  }

  Looker& me_;
  SlabAllocator* const a_;
  std::mt19937 random_;
  std::vector<SlabEpochRef> references_;
};

class Signals : public testing::Test {
 protected:
  void work(Looker& me) {
    Calls calls(me, me.index);
    for (int i = 0; i < 100; ++i) calls.make_one();  // what a thread's first calls set up is there
    ASSERT_TRUE(start_looks(me));
    while (me.looks_inside < kLooks && me.fault[0] == '\0') calls.make_one();
    stop_looks(me);
    calls.leave();
    const std::lock_guard lock(mutex_);
    ++ended_;
    changed_.notify_all();
  }

  // False: for half a minute no thread has looked.
  bool wait_for_all() {
    std::unique_lock lock(mutex_);
    for (std::uint64_t before = ~std::uint64_t{0};;) {
      if (changed_.wait_for(lock, std::chrono::seconds(30), [&] { return ended_ == kLookers; }))
        return true;
      std::uint64_t looks = 0;
      for (const Looker& looker : lookers) looks += looker.looks;
      if (looks == before) return false;
      before = looks;
    }
  }

  std::array<Looker, kLookers> lookers;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned ended_ = 0;
};

// R-3-3 R-3-5 R-2.4-2
TEST_F(Signals, WhoseHandlersTakeSnapshotsEndAndSeeWholeRows) {
  const Allocator allocator = make_allocator(16 * kSlabBytes);
  set_look_handler();
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kLookers; ++i) {
    lookers[i].allocator = allocator.get();
    lookers[i].index = i;
    lookers[i].delays.seed(i + 1);
    lookers[i].fd = ::memfd_create("snapshot", MFD_CLOEXEC);
    threads.emplace_back([&, i] { work(lookers[i]); });
  }
  if (!wait_for_all()) {
    for (const Looker& looker : lookers)
      std::fprintf(stderr, "thread %u: looks with %s, inside %s\n", looker.index,
                   looker.look.load(), looker.call.load());
    std::fprintf(stderr, "none of them gets on\n");
    std::_Exit(1);
  }
  for (std::thread& thread : threads) thread.join();
  for (Looker& looker : lookers) {
    EXPECT_STREQ(looker.fault.data(), "");
    ::close(looker.fd);
  }
  for (std::atomic<SlabHandle>& handle : mail)
    if (const SlabHandle last = handle.exchange(0); last != 0) free_obj(allocator.get(), last);
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch)
    EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), epoch), 0u);
  const SlabGlobalStats stats = global_stats(allocator.get());
  EXPECT_EQ(stats.total_allocs, stats.total_frees);
  EXPECT_EQ(stats.stale_releases + stats.refcount_underflows + stats.abandoned_refs, 0u);
}

}  // namespace
}  // namespace temporal_slab::rules
