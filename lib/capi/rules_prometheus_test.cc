// The exposition that slab_stats_write_prometheus writes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capi/rules_support.h"
#include "harness/exposition_parser.h"

namespace temporal_slab::rules {
namespace {

using Families = std::map<std::string, harness::ExpositionFamily>;

// A file in memory to write to.
class File {
 public:
  File() : fd_(::memfd_create("exposition", MFD_CLOEXEC)) {}
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int fd() const { return fd_; }
  std::string text() const {
    std::string text(static_cast<std::size_t>(::lseek(fd_, 0, SEEK_END)), '\0');
    EXPECT_EQ(::pread(fd_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
  }

 private:
  int fd_;
};

Families families_of(SlabAllocator* allocator, const char* prefix) {
  const File file;
  EXPECT_EQ(
      errno_after([&] { EXPECT_TRUE(slab_stats_write_prometheus(allocator, file.fd(), prefix)); }),
      kUntouchedErrno);
  Families families;
  const std::optional<std::string> offence = harness::parse_exposition(file.text(), &families);
  EXPECT_FALSE(offence) << *offence;
  return families;
}

TEST(WritePrometheus, SaysWhatTheStructsSay) {
  const Allocator allocator = make_named_allocator("cache");
  advance(allocator.get(), 3);
  slab_epoch_inc_refcount(allocator.get(), 3);
  slab_epoch_inc_refcount(allocator.get(), 3);
  make_objects(allocator.get(), 10, 128, 3);
  const Families families = families_of(allocator.get(), nullptr);
  const SlabEpochStats epoch = epoch_stats(allocator.get(), 2, 3);
  EXPECT_EQ(epoch.live_objects, 10U);
  const harness::ExpositionLabels labels = {{"allocator", "cache"}, {"epoch", "3"}};
  EXPECT_EQ(families.at("temporal_slab_epoch_live_objects").samples.at(labels), "10");
  EXPECT_EQ(families.at("temporal_slab_epoch_refcount").samples.at(labels), "2");
  EXPECT_FALSE(families.contains("temporal_slab_epoch_info")) << "nothing leaks";
  EXPECT_EQ(families.at("temporal_slab_total_allocs_total").samples.at({{"allocator", "cache"}}),
            std::to_string(global_stats(allocator.get()).total_allocs));
}

TEST(WritePrometheus, ShowsEachClassOnce) {
  const Allocator allocator = make_allocator();
  const Families families = families_of(allocator.get(), nullptr);
  const auto& samples = families.at("temporal_slab_class_allocs_total").samples;
  ASSERT_EQ(samples.size(), std::size_t{SLAB_CLASS_COUNT});
  for (std::uint32_t i = 0; i < SLAB_CLASS_COUNT; ++i) {
    SlabClassStats stats;
    slab_stats_class(allocator.get(), i, &stats);
    EXPECT_EQ(samples.at({{"class", std::to_string(i)},
                          {"object_size", std::to_string(stats.object_size)}}),
              "0");
  }
}

TEST(WritePrometheus, PutsThePrefixBeforeEachName) {
  const Allocator allocator = make_allocator();
  for (const std::string& prefix :
       {std::string("_"), std::string("My_app2"), std::string(100, 'x')})
    for (const auto& [name, family] : families_of(allocator.get(), prefix.c_str()))
      EXPECT_TRUE(name.starts_with(prefix + "_")) << name;
}

// R-2-1
TEST(WritePrometheus, RefusesAPrefixThatIsNoNameAndWritesNothing) {
  const Allocator allocator = make_allocator();
  const File file;
  for (const std::string& prefix : std::vector<std::string>{
           "", "9a", "a b", "a:b", "a-b", "a\n", "a{", "\xC3\xA9", "\xFF", std::string(101, 'x')})
    EXPECT_EQ(
        errno_after([&] {
          EXPECT_FALSE(slab_stats_write_prometheus(allocator.get(), file.fd(), prefix.c_str()));
        }),
        EINVAL)
        << prefix;
  EXPECT_EQ(file.text(), "");
}

// R-2-1
TEST(WritePrometheus, ToADescriptorThatTakesNothingSaysWhy) {
  const Allocator allocator = make_allocator();
  const auto errno_of = [&](int fd) {
    return errno_after(
        [&] { EXPECT_FALSE(slab_stats_write_prometheus(allocator.get(), fd, nullptr)); });
  };
  EXPECT_EQ(errno_of(-1), EBADF);
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  EXPECT_EQ(errno_of(full), ENOSPC);
  ::close(full);
}

// R-3-1
TEST(WritePrometheus, StaysReadableWhileOtherThreadsWork) {
  const Allocator allocator = make_allocator(0);
  std::atomic<bool> done{false};
  run_threads(3, [&](unsigned index) {
    if (index == 0) {
      for (int i = 0; i < 50; ++i) families_of(allocator.get(), nullptr);
      done.store(true);
      return;
    }
    for (unsigned i = index; !done.load(); ++i) {
      const EpochId current = epoch_current(allocator.get());
      slab_epoch_set_label(allocator.get(), current, i % 2 == 0 ? "\"\\\n" : "\xFF");
      const auto objects = make_objects(allocator.get(), 20, kClassBytes[i % 8], current);
      epoch_advance(allocator.get());
      free_objects(allocator.get(), objects);
    }
  });
}

}  // namespace
}  // namespace temporal_slab::rules
