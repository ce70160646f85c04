// What a close says of its time and of the process, and what it does to find that out. The linker
// puts the functions below in the place of the system's (--wrap).
#include <gtest/gtest.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include <chrono>
#include <functional>
#include <string_view>
#include <thread>

#include "capi/rules_json_support.h"
#include "capi/rules_support.h"

namespace temporal_slab::rules {
namespace {

// Called when the library is about to read what of the process is resident.
std::function<void()> before_rss_is_read = [] {};

void look_at(const char* path) {
  const std::string_view text = path;
  if (text.substr(text.rfind('/') + 1) == "statm") before_rss_is_read();
}

}  // namespace
}  // namespace temporal_slab::rules

extern "C" {

int __real_open(const char* path, int flags, ...);
int __wrap_open(const char* path, int flags, ...) {
  temporal_slab::rules::look_at(path);
  return __real_open(path, flags);
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long words[6];
  for (long& word : words) word = va_arg(list, long);
  va_end(list);
  if (number == SYS_openat) temporal_slab::rules::look_at(reinterpret_cast<const char*>(words[1]));
  return __real_syscall(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

}  // extern "C"

namespace temporal_slab::rules {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr std::size_t kBytes = std::size_t{32} << 20;

class CloseFigures : public testing::Test {
 protected:
  ~CloseFigures() override {
    before_rss_is_read = [] {};
  }

  // Fills epoch 0, which is current, with touched objects.
  void fill() {
    for (const Object& object : make_objects(allocator.get(), kBytes / 768, 768, 0))
      *static_cast<volatile char*>(object.pointer) = 1;
  }
  Json epoch(EpochId which) { return snapshot(allocator.get())["epochs"][which]; }
  std::uint64_t close_ns() {
    SlabClassStats stats;
    slab_stats_class(allocator.get(), 7, &stats);
    return stats.epoch_close_total_ns;
  }

  const Allocator allocator = make_allocator(kBytes / 2);
};

TEST_F(CloseFigures, AreOfWhatWasReadAtMostTenMillisecondsBefore) {
  unsigned reads = 0;
  before_rss_is_read = [&] { ++reads; };
  const auto begin = steady_clock::now();
  for (int i = 0; i < 3000; ++i) epoch_advance(allocator.get());
  const auto periods = (steady_clock::now() - begin) / milliseconds(10);
  EXPECT_GE(reads, 1u);
  EXPECT_LE(reads, 1u + static_cast<unsigned>(periods));
  EXPECT_NE(epoch(epoch_current(allocator.get()) - 1u)["rss_before_close"], 0u);
}

TEST_F(CloseFigures, AreReadOutsideOfTheMutex) {
  fill();
  unsigned reads = 0;
  before_rss_is_read = [&] {
    ++reads;
    std::atomic<bool> done{false};
    std::thread other([&] {
      slab_epoch_set_label(allocator.get(), 3, "meanwhile");
      done = true;
    });
    EXPECT_TRUE(wait_until([&] { return done.load(); }));
    done ? other.join() : other.detach();
  };
  slab_epoch_discard(allocator.get(), 0);
  EXPECT_EQ(reads, 2u);
}

TEST_F(CloseFigures, OfResidentBytesAreEqualWhenNothingWasGivenBack) {
  const auto object = make_object(allocator.get(), 64, 0);
  epoch_close(allocator.get(), 0);
  const Json row = epoch(0);
  EXPECT_EQ(row["close_madvise_bytes"], 0u);
  EXPECT_NE(row["rss_before_close"], 0u);
  EXPECT_EQ(row["rss_after_close"], row["rss_before_close"]);
  EXPECT_TRUE(free_obj(allocator.get(), object.handle));
}

TEST_F(CloseFigures, OfResidentBytesShowWhatWasGivenBack) {
  fill();
  slab_epoch_discard(allocator.get(), 0);
  const Json row = epoch(0);
  const auto given_back = row["close_madvise_bytes"].get<std::uint64_t>();
  EXPECT_GE(given_back, kBytes / 4);
  EXPECT_LE(row["rss_after_close"].get<std::uint64_t>() + given_back / 2,
            row["rss_before_close"].get<std::uint64_t>());
}

TEST_F(CloseFigures, OfTimeAreThoseOfTheWholeCall) {
  fill();
  constexpr milliseconds kEachRead{5};
  before_rss_is_read = [&] {
    const auto until = steady_clock::now() + kEachRead;
    while (steady_clock::now() < until) {
    }
  };
  const auto begin = steady_clock::now();
  slab_epoch_discard(allocator.get(), 0);
  const nanoseconds took = steady_clock::now() - begin;
  EXPECT_GE(close_ns(), 2 * nanoseconds(kEachRead).count());
  EXPECT_LE(close_ns(), took.count());
}

}  // namespace
}  // namespace temporal_slab::rules
