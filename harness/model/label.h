// What becomes of the bytes of a label (R-2.4-1): written from the definition of
// UTF-8 and not from lib/, so that each can be held against the other.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace temporal_slab::harness::model {

inline constexpr std::size_t kLabelBytes = 31;

// True for what table 3-7 of the Unicode standard lists.
bool is_utf8(std::string_view text);

// Everything up to the first NUL, each maximal ill-formed subpart replaced by
// U+FFFD, then cut to at most `most` bytes at a character's border.
std::string clean_label(std::string_view bytes, std::size_t most = kLabelBytes);

}  // namespace temporal_slab::harness::model
