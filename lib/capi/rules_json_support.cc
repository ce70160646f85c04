#include "capi/rules_json_support.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>

#include "harness/schema_validator.h"

namespace temporal_slab::rules {
namespace {

constexpr std::array kRestless = {
    "timestamp_ns",
    "rss_bytes_current",
    "age_sec",
    "lock_fast_acquire",
    "lock_contended",
    "invalid_frees",
    "stale_frees",
    "refcount_underflows",
    "stale_releases",
    "total_slow_path_hits",
    "total_slow_cache_miss",
    "total_slow_epoch_closed",
    "slow_path_hits",
    "slow_path_cache_miss",
    "slow_path_epoch_closed",
    "current_partial_null",
    "current_partial_full",
    "rss_before_close",
    "rss_after_close",
    "last_known_ns",
    "uptime_sec",
    "closing_since_sec",
    "held_sec",
    "kept_oldest_sec",
    "carried_oldest_age_sec",
    "advances_held",
};

void erase_restless(Json& object) {
  for (const char* name : kRestless) object.erase(name);
}

}  // namespace

std::string json_text(SlabAllocator* allocator) {
  const int fd = ::memfd_create("snapshot", MFD_CLOEXEC);
  EXPECT_GE(fd, 0);
  EXPECT_TRUE(slab_stats_write_json(allocator, fd));
  std::string text(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END)), '\0');
  EXPECT_EQ(::pread(fd, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  ::close(fd);
  return text;
}

Json snapshot(SlabAllocator* allocator) {
  const std::string text = json_text(allocator);
  EXPECT_TRUE(harness::is_valid_snapshot_json(text));
  return Json::parse(text);
}

Json still_snapshot(SlabAllocator* allocator) {
  Json json = snapshot(allocator);
  erase_restless(json);
  for (Json& row : json["classes"]) erase_restless(row);
  for (Json& row : json["epochs"]) {
    erase_restless(row);
    for (Json& holder : row["holders"]) erase_restless(holder);
  }
  return json;
}

std::string changes(const Json& before, const Json& after) {
  std::string text;
  for (const Json& change : Json::diff(before, after)) text += change.dump() + "\n";
  return text;
}

}  // namespace temporal_slab::rules
