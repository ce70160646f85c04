// UTF-8: taking bytes apart, and making any bytes well-formed (R-2.4-1).
//
// Ill-formed input follows the Unicode standard's recommended practice: each
// maximal subpart of an ill-formed sequence (the longest start that could still
// have become a character, else one byte) counts as one error. Overlong forms,
// surrogates, values above U+10FFFF and truncated tails are ill-formed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace temporal_slab::base {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;
inline constexpr std::string_view kReplacementUtf8 = "\xEF\xBF\xBD";

struct DecodedUtf8 {
  char32_t code_point;   // kReplacementCharacter when ill-formed
  std::uint32_t length;  // bytes consumed, 1..4
  bool well_formed;
};

// Takes the first character, or the first maximal ill-formed subpart, of a text
// that is not empty.
DecodedUtf8 decode_utf8(std::string_view text);

bool is_well_formed_utf8(std::string_view text);

// Copies `in` to `out` with each ill-formed subpart replaced by U+FFFD, cut to at
// most capacity - 1 bytes, never inside a sequence, and a NUL after it. A NUL in
// `in` ends it, as in a C string. Returns the length without the NUL; with
// capacity 0 nothing is written. Reads no further than it takes to fill `out`:
// at most capacity + 3 bytes.
std::size_t sanitize_utf8(std::string_view in, char* out, std::size_t capacity);

// The same for a NUL-terminated text; however long it is, only those first bytes
// of it are looked at.
std::size_t sanitize_utf8_c_string(const char* in, char* out, std::size_t capacity);

}  // namespace temporal_slab::base
