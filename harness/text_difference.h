// A difference of two texts that fits on a screen.
#pragma once

#include <string>
#include <string_view>

namespace temporal_slab::harness {

// Unified: two lines of context, `-` for what was expected, `+` for what is, one
// hunk from the first line that differs to the last. At most 20 lines of each
// side; a long line is cut to the part around its first difference. What a
// terminal would not show is written as \xNN. Empty when the texts are equal.
std::string text_difference(std::string_view name, std::string_view expected,
                            std::string_view actual);

}  // namespace temporal_slab::harness
