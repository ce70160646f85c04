// The JSON that slab_stats_write_json writes, for the labels and names that one
// would wish for least, and to descriptors that take it badly.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <random>

#include "capi/rules_json_support.h"
#include "harness/schema_validator.h"

namespace temporal_slab::rules {
namespace {

const std::vector<std::string> kHostile = {
    "\"",
    "\\",
    "\\\"",
    "\"}],\"epochs\":[{",
    "\n\r\t\b\f",
    "\x01\x02\x03\x1b[31m\x7f",
    "</script><!--",
    "\xe2\x80\xa8\xe2\x80\xa9",  // line and paragraph separators
    "\xe2\x80\xae"
    "evil",                      // bidirectional override
    "\xef\xbf\xbf\xef\xb7\x90",  // noncharacters
    "\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
    "\xed\xa0\x80\xed\xb0\x80",  // surrogates
    "\xff\xfe\xfd\x80\xc0\xc1",
    "\\u0000",
    "%s%n%x",
    "NaN",
    "null",
};

// R-3-6
TEST(JsonOfHostileLabels, IsValidAndSaysTheLabel) {
  const Allocator allocator = make_allocator();
  for (const std::string& label : kHostile) {
    for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
      slab_epoch_set_label(allocator.get(), epoch, label.c_str());
    }
    const std::string text = json_text(allocator.get());
    ASSERT_TRUE(harness::is_valid_snapshot_json(text)) << label;
    const Json json = Json::parse(text);
    for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
      EXPECT_EQ(json["epochs"][epoch]["label"], label_of(allocator.get(), epoch));
    }
  }
}

// R-3-6
TEST(JsonOfHostileNames, IsValid) {
  for (const std::string& name : kHostile) {
    const Allocator allocator = make_named_allocator(name);
    EXPECT_TRUE(harness::is_valid_snapshot_json(json_text(allocator.get()))) << name;
  }
}

// R-3-6
TEST(JsonOfAbandonedReferences, IsValidForHostileLabels) {
  const Allocator allocator = make_allocator();
  for (unsigned i = 0; i < 100; ++i) {
    const EpochId current = epoch_current(allocator.get());
    slab_epoch_set_label(allocator.get(), current, kHostile[i % kHostile.size()].c_str());
    slab_epoch_inc_refcount(allocator.get(), current);
    epoch_advance(allocator.get());
  }
  const std::string text = json_text(allocator.get());
  EXPECT_TRUE(harness::is_valid_snapshot_json(text));
  EXPECT_EQ(Json::parse(text)["abandoned"].size(), 64u);
}

// R-3-6
TEST(JsonOfRandomLabels, IsValid) {
  const Allocator allocator = make_allocator();
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
      std::string label(random() % 40, '\0');
      for (char& byte : label) byte = static_cast<char>(random() % 255 + 1);
      slab_epoch_set_label(allocator.get(), epoch, label.c_str());
    }
    ASSERT_TRUE(harness::is_valid_snapshot_json(json_text(allocator.get()))) << "round " << round;
  }
}

// R-3-6
TEST(Json, IsOneLine) {
  const Allocator allocator = make_allocator();
  slab_epoch_set_label(allocator.get(), 0, "two\nlines");
  const std::string text = json_text(allocator.get());
  EXPECT_EQ(text.find('\n'), text.size() - 1);
}

// R-3-6
TEST(Json, IsValidWhileOtherThreadsWork) {
  const Allocator allocator = make_allocator(0);
  std::atomic<bool> done{false};
  run_threads(3, [&](unsigned index) {
    if (index == 0) {
      for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(harness::is_valid_snapshot_json(json_text(allocator.get())));
      }
      done.store(true);
      return;
    }
    for (unsigned i = index; !done.load(); ++i) {
      const EpochId current = epoch_current(allocator.get());
      slab_epoch_set_label(allocator.get(), current, kHostile[i % kHostile.size()].c_str());
      const auto objects = make_objects(allocator.get(), 20, kClassBytes[i % 8], current);
      epoch_advance(allocator.get());
      free_objects(allocator.get(), objects);
    }
  });
}

// R-2-1
TEST(WriteJson, ToADescriptorThatIsNotOpenSaysWhy) {
  const Allocator allocator = make_allocator();
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(slab_stats_write_json(allocator.get(), -1)); }), EBADF);
}

// R-2-1
TEST(WriteJson, ToAFullDeviceSaysWhy) {
  const Allocator allocator = make_allocator();
  const int fd = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(slab_stats_write_json(allocator.get(), fd)); }), ENOSPC);
  ::close(fd);
}

// R-3-6
TEST(WriteJson, ToAPipeThatIsReadSlowlyLosesNothing) {
  const Allocator allocator = make_allocator();
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ::fcntl(ends[0], F_SETPIPE_SZ, 4096);
  std::string text;
  std::thread reader([&] {
    char part[100];
    for (ssize_t n; (n = ::read(ends[0], part, sizeof part)) > 0;) {
      text.append(part, static_cast<std::size_t>(n));
    }
  });
  EXPECT_TRUE(slab_stats_write_json(allocator.get(), ends[1]));
  ::close(ends[1]);
  reader.join();
  ::close(ends[0]);
  EXPECT_TRUE(harness::is_valid_snapshot_json(text));
}

}  // namespace
}  // namespace temporal_slab::rules
