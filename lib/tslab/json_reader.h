// JSON text -> Snapshot. Trusts no byte of it (R-2.6-3): the text has a largest size
// and depth, every figure must be an integer from 0 to 2^64 - 1 written as one (1.0
// and 1e3 are refused, so that nothing goes through a double, R-3-1), every field of
// the table must stand exactly once, and none inside classes[], epochs[],
// abandoned[] and holders[] may be unknown. At the top level unknown fields are passed
// over: a later version may have written them (R-3-2).
//
// Memory and time are in proportion to the text, whatever it says.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "stats/snapshot.h"

namespace temporal_slab::tslab {

inline constexpr std::size_t kMostJsonDepth = 32;

// One thing that is wrong with a text. What the text says stands in it as it is, cut
// but with control characters: whoever prints it makes it safe for a terminal.
struct Offence {
  std::string path;  // such as $.epochs[3].refcount
  std::string what;
};

std::string to_string(const Offence& offence);

// Of a text above kMostJsonBytes.
Offence too_long();

// Reads one snapshot and lists what is wrong, in the order of the text and no more
// than `most` (at least 1). With none, `*out` holds the snapshot; else it is of no
// use. What no JSON is ends the list.
std::vector<Offence> read_json(std::string_view text, std::size_t most, stats::Snapshot* out);

}  // namespace temporal_slab::tslab
