// What the rankings can be sorted by: one table each, from which the command
// line's choices and its error messages follow too. The first key is the default.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "stats/snapshot.h"

namespace temporal_slab::render {

template <typename Row>
struct SortKey {
  std::string_view name;
  std::uint64_t Row::*member;
  // Of the column that shows it where the fixed ones do not; "" where they do. Bytes
  // are shown as MB.
  std::string_view column = "";
};

using EpochKey = SortKey<stats::EpochRow>;
using ClassKey = SortKey<stats::ClassRow>;

inline constexpr std::array kEpochKeys = {
    EpochKey{"rss_bytes", &stats::EpochRow::estimated_rss_bytes},
    EpochKey{"age_sec", &stats::EpochRow::age_sec},
    EpochKey{"refcount", &stats::EpochRow::refcount},
    EpochKey{"reclaimable_bytes", &stats::EpochRow::reclaimable_bytes, "reclaimable"},
    EpochKey{"live_objects", &stats::EpochRow::live_objects, "live_objects"},
};

inline constexpr std::array kClassKeys = {
    ClassKey{"slow_path_hits", &stats::ClassRow::slow_path_hits},
    ClassKey{"new_slab_count", &stats::ClassRow::new_slab_count},
    ClassKey{"madvise_bytes", &stats::ClassRow::madvise_bytes},
    ClassKey{"net_slabs", &stats::ClassRow::net_slabs},
    ClassKey{"live_bytes", &stats::ClassRow::live_bytes},
};

// The key of that name, or nullptr. `Keys`: an array of what has a name.
template <typename Keys>
constexpr const typename Keys::value_type* find_key(const Keys& keys, std::string_view name) {
  for (const auto& key : keys)
    if (key.name == name) return &key;
  return nullptr;
}

// "rss_bytes, age_sec, ..." for messages.
template <typename Keys>
std::string key_names(const Keys& keys) {
  std::string names;
  for (const auto& key : keys) {
    if (!names.empty()) names += ", ";
    names += key.name;
  }
  return names;
}

}  // namespace temporal_slab::render
