#include "harness/faults/workload.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <temporal_slab/epoch_domain.h>
#include <temporal_slab/slab_stats.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>

#include "stats/discovery.h"
#include "stats/segment_test_support.h"

namespace temporal_slab::faults {
namespace {

// 2048 pages make the record of a region worth giving back, and their descriptors more blocks of
// metadata than are kept.
constexpr int kManySlabs = 2200;
constexpr int kObjectsOfASlab = 5;  // of 768 bytes
constexpr std::uint32_t kLargest = 768;
constexpr std::uint32_t kFilledBytes = 64;  // of each object, to be quick
// No process is older: a figure above it came of a clock that failed.
constexpr std::uint64_t kLongestAgeSec = 1'000'000'000;

}  // namespace

Workload::~Workload() { slab_allocator_free(allocator_); }

void Workload::run() {
  create();
  grow();
  give_back();
  share_with_a_thread();
  turn_the_ring();
  use_a_domain();
  print();
  look_from_outside();
  shrink_and_check();
}

void Workload::expect_refused(int error) {
  EXPECT_TRUE(faults_.happened()) << "refused for no reason";
  EXPECT_STREQ(strerror(errno), strerror(error)) << faults_.failed_site();
  faults_.stop_failing();
}

void Workload::create() {
  SlabOptions options;
  slab_options_init(&options);
  options.takeover_after_sec = 0;
  options.publish = true;
  options.retain_bytes = 0;
  options.name = "faults";
  allocator_ = slab_allocator_create_with(&options);
  if (allocator_ == nullptr) {
    expect_refused(ENOMEM);
    allocator_ = slab_allocator_create_with(&options);
  }
  ASSERT_NE(allocator_, nullptr) << "the second try";
  published_ = slab_allocator_published(allocator_);
  if (!published_) {
    EXPECT_TRUE(faults_.happened());
    EXPECT_NE(errno, 0);
    EXPECT_TRUE(faults_.has_failed_with(errno)) << strerror(errno);  // R-2.6-4
  }
}

void Workload::make(std::uint32_t bytes, EpochId epoch) {
  SlabHandle handle = 0;
  void* pointer = alloc_obj_epoch(allocator_, bytes, epoch, &handle);
  if (pointer == nullptr) {
    expect_refused(ENOMEM);  // R-2.1-10
    EXPECT_EQ(handle, 0u) << "an allocation that fails gives no handle";
    pointer = alloc_obj_epoch(allocator_, bytes, epoch, &handle);
  }
  ASSERT_NE(pointer, nullptr) << "the second try";
  std::memset(pointer, static_cast<int>(objects_.size() % 251), kFilledBytes);
  objects_.push_back({static_cast<unsigned char*>(pointer), handle, epoch});
}

void Workload::grow() {
  for (int i = 0; i < kManySlabs * kObjectsOfASlab; ++i) make(kLargest, 0);
  for (const std::uint32_t bytes : {64u, 96u, 128u, 192u, 256u, 384u, 512u}) make(bytes, 15);
  slab_epoch_set_label(allocator_, 0, "grown");
}

// Some slabs by their last object, the others at once.
void Workload::give_back() {
  check_contents();
  constexpr std::size_t kOneByOne = std::size_t{10} * kObjectsOfASlab;
  std::vector<Object> kept;
  std::uint64_t discarded = 0;
  for (const Object& object : objects_) {
    if (object.epoch != 0) {
      kept.push_back(object);
    } else if (++discarded <= kOneByOne) {
      EXPECT_TRUE(free_obj(allocator_, object.handle));
    }
  }
  objects_ = kept;
  EXPECT_EQ(slab_epoch_discard(allocator_, 0), discarded - kOneByOne);
  EXPECT_EQ(slab_epoch_state(allocator_, 0), EPOCH_CLOSING);
  check_contents();
}

// While a thread has a heap a close makes it stop; that it ends makes others stop.
void Workload::share_with_a_thread() {
  make(64, 14);
  // Not a barrier: that asks the system by itself.
  std::mutex mutex;
  std::condition_variable changed;
  int step = 0;
  const auto reach = [&](int next) {
    const std::lock_guard lock(mutex);
    step = next;
    changed.notify_all();
  };
  const auto wait_for = [&](int wanted) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return step == wanted; });
  };
  std::thread other([&] {
    make(96, 14);
    reach(1);
    wait_for(2);
  });
  wait_for(1);
  epoch_close(allocator_, 14);
  reach(2);
  other.join();
  check_figures();
}

// With a reference on every epoch the ring takes over the one with the oldest era.
void Workload::turn_the_ring() {
  const EpochId current = epoch_current(allocator_);
  for (EpochId epoch = 0; epoch < SLAB_EPOCH_COUNT; ++epoch)
    slab_epoch_inc_refcount(allocator_, epoch);
  const std::uint64_t era = slab_epoch_era(allocator_, current);
  epoch_advance(allocator_);
  EXPECT_NE(epoch_current(allocator_), current);
  EXPECT_EQ(slab_epoch_era(allocator_, epoch_current(allocator_)), era + 1);
}

void Workload::use_a_domain() {
  epoch_domain_t* domain = epoch_domain_create(allocator_);
  if (domain == nullptr) {
    expect_refused(ENOMEM);
    domain = epoch_domain_create(allocator_);
  }
  ASSERT_NE(domain, nullptr) << "the second try";
  EXPECT_TRUE(epoch_domain_enter(domain));
  EXPECT_TRUE(epoch_domain_exit(domain));
  EXPECT_TRUE(epoch_domain_destroy(domain));
}

void Workload::print() {
  const int fd = memfd_create("json", MFD_CLOEXEC);
  if (!slab_stats_write_json(allocator_, fd)) {
    EXPECT_TRUE(faults_.has_failed_with(errno)) << strerror(errno);
    faults_.stop_failing();
    EXPECT_TRUE(slab_stats_write_json(allocator_, fd)) << "the second try";
  }
  EXPECT_GT(lseek(fd, 0, SEEK_END), 0);
  close(fd);
}

void Workload::look_from_outside() {
  if (!published_) return;
  stats::Listing listing;
  std::string error;
  if (!stats::list_published(&listing, &error)) {
    EXPECT_TRUE(faults_.happened()) << error;
    EXPECT_FALSE(error.empty());
    faults_.stop_failing();
    EXPECT_TRUE(stats::list_published(&listing, &error)) << error;
  }
  stats::Selector selector;
  selector.pid = getpid();
  for (int tries = 0; tries < 2; ++tries) {
    stats::OpenSegment segment;
    stats::Snapshot snapshot;
    if (stats::open_published(selector, &segment, &error) && segment.snapshot(&snapshot, &error)) {
      EXPECT_EQ(stats::offence_of(snapshot), "");
      return;
    }
    EXPECT_TRUE(faults_.happened()) << error;
    EXPECT_TRUE(!error.empty() && error.find('\n') == std::string::npos) << error;
    faults_.stop_failing();
  }
  ADD_FAILURE() << "the second try: " << error;
}

void Workload::shrink_and_check() {
  check_contents();
  check_figures();
  for (const Object& object : objects_) EXPECT_TRUE(free_obj(allocator_, object.handle));
  objects_.clear();
  for (EpochId epoch = 0; epoch < SLAB_EPOCH_COUNT; ++epoch) epoch_close(allocator_, epoch);
  check_figures();
}

void Workload::check_contents() const {
  for (const Object& object : objects_)
    for (std::uint32_t i = 1; i < kFilledBytes; ++i)
      if (object.pointer[i] != object.pointer[0]) {
        ADD_FAILURE() << "contents changed after " << faults_.failed_site();
        return;
      }
}

// R-3-4, and no figure that came of a failure.
void Workload::check_figures() const {
  const Faults::Pause pause;
  SlabGlobalStats global;
  slab_stats_global(allocator_, &global);
  EXPECT_EQ(global.total_allocs - global.total_frees, objects_.size());
  std::uint64_t of_classes = 0;
  for (std::uint32_t i = 0; i < SLAB_CLASS_COUNT; ++i) {
    SlabClassStats stats;
    slab_stats_class(allocator_, i, &stats);
    of_classes += stats.live_objects;
    EXPECT_LE(stats.epoch_close_total_ns, kLongestAgeSec * 1'000'000'000);
  }
  EXPECT_EQ(of_classes, objects_.size());
  const int fd = memfd_create("json", MFD_CLOEXEC);
  ASSERT_TRUE(slab_stats_write_json(allocator_, fd));
  std::string json(static_cast<std::size_t>(lseek(fd, 0, SEEK_END)), '\0');
  ASSERT_EQ(pread(fd, json.data(), json.size(), 0), static_cast<ssize_t>(json.size()));
  close(fd);
  constexpr std::string_view kAge = "\"age_sec\":";
  for (std::size_t at = json.find(kAge); at != std::string::npos; at = json.find(kAge, at + 1))
    EXPECT_LE(std::stoull(json.substr(at + kAge.size(), 20)), kLongestAgeSec)
        << "after " << faults_.failed_site();
}

}  // namespace temporal_slab::faults
