// How a terminal shows a text of unknown origin, and the way back, written down a second time: by
// bytes instead of code points, so that a slip in lib/ is not repeated here.
#pragma once

#include <string>
#include <string_view>

namespace temporal_slab::fuzz {

// What a table shows of a well-formed text: \xNN for each byte of what disturbs a terminal.
std::string shown_from(std::string_view text);

// The way back: \xNN becomes that byte again.
std::string bytes_from_shown(std::string_view shown);

}  // namespace temporal_slab::fuzz
