// Names and times as lists show them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace temporal_slab::tslab {

// A plain name as it is; every other, the empty one too, in quotes as findings show
// labels, so that it is one word or one quoted text and safe for a terminal.
std::string display_name(const std::string& name);

// "42s", "10m12s", "3h05m", "2d07h"
std::string display_time(std::uint64_t seconds);

// Now, here: "2026-12-01 14:03:12"
std::string display_now();

// Columns of a terminal: 2 for wide characters, 0 for combining ones.
std::size_t display_width(std::string_view text);

}  // namespace temporal_slab::tslab
