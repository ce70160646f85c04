// All published allocators at one moment, with what each says: for `ps`, and for `top --all` and
// `doctor --all`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stats/discovery.h"
#include "stats/snapshot.h"

namespace temporal_slab::tslab {

struct FleetMember {
  stats::Published published;
  // What --pid takes for this one: "4211", or "4211.1" if its process has several.
  std::string pid;
  stats::Snapshot snapshot;  // empty if error is not
  std::string error;         // why it cannot be read; "" if it can
};

struct Fleet {
  std::vector<FleetMember> members;  // by user, pid and number
  bool is_whole = true;              // false: there are more than can be listed
};

// False with `error`: they cannot even be listed. One that goes while it is read is left out.
bool read_fleet(Fleet* out, std::string* error);

// "12 allocators: 9 alive, 2 dead, 1 unreadable"
std::string count_of(const Fleet& fleet);

// What is an error where there must be one.
inline constexpr const char* kNonePublished =
    "no published allocator, none of this user is published";

inline constexpr const char* kMoreThanCanBeListed =
    "there are more than can be listed; tslab ps --reap removes dead ones\n";

// What is to be said below of what is not shown: each that cannot be read, with the reason, and
// that there are more than can be listed. "" of none.
std::string left_out(const Fleet& fleet);

}  // namespace temporal_slab::tslab
