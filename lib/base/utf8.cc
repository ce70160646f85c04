#include "base/utf8.h"

#include <cstring>

namespace temporal_slab::base {
namespace {

// What may follow a lead byte (Unicode standard, table 3-7): how many
// continuation bytes, and the range of the first; later ones are 80..BF.
struct Lead {
  std::uint32_t continuations;
  unsigned char first_low;
  unsigned char first_high;
  unsigned char payload_mask;
};

constexpr Lead kNoLead = {0, 0, 0, 0};

constexpr Lead lead_of(unsigned char byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {1, 0x80, 0xBF, 0x1F};  // C0, C1: overlong
  if (byte == 0xE0) return {2, 0xA0, 0xBF, 0x0F};                  // below A0: overlong
  if (byte == 0xED) return {2, 0x80, 0x9F, 0x0F};                  // above 9F: surrogate
  if (byte >= 0xE1 && byte <= 0xEF) return {2, 0x80, 0xBF, 0x0F};
  if (byte == 0xF0) return {3, 0x90, 0xBF, 0x07};  // below 90: overlong
  if (byte >= 0xF1 && byte <= 0xF3) return {3, 0x80, 0xBF, 0x07};
  if (byte == 0xF4) return {3, 0x80, 0x8F, 0x07};  // above 8F: past U+10FFFF
  return kNoLead;
}

}  // namespace

DecodedUtf8 decode_utf8(std::string_view text) {
  const auto byte_at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte_at(0);
  if (first < 0x80) return {first, 1, true};
  const Lead lead = lead_of(first);
  if (lead.continuations == 0) return {kReplacementCharacter, 1, false};
  char32_t code_point = first & lead.payload_mask;
  for (std::uint32_t i = 1; i <= lead.continuations; ++i) {
    const unsigned char low = i == 1 ? lead.first_low : 0x80;
    const unsigned char high = i == 1 ? lead.first_high : 0xBF;
    if (i >= text.size() || byte_at(i) < low || byte_at(i) > high)
      return {kReplacementCharacter, i, false};
    code_point = (code_point << 6) | (byte_at(i) & 0x3Fu);
  }
  return {code_point, lead.continuations + 1, true};
}

bool is_well_formed_utf8(std::string_view text) {
  while (!text.empty()) {
    const DecodedUtf8 next = decode_utf8(text);
    if (!next.well_formed) return false;
    text.remove_prefix(next.length);
  }
  return true;
}

std::size_t sanitize_utf8(std::string_view in, char* out, std::size_t capacity) {
  if (capacity == 0) return 0;
  std::size_t length = 0;
  while (!in.empty() && in.front() != '\0' && length < capacity - 1) {
    const DecodedUtf8 next = decode_utf8(in);
    const std::string_view piece = next.well_formed ? in.substr(0, next.length) : kReplacementUtf8;
    if (piece.size() > capacity - 1 - length) break;
    std::memcpy(out + length, piece.data(), piece.size());
    length += piece.size();
    in.remove_prefix(next.length);
  }
  out[length] = '\0';
  return length;
}

std::size_t sanitize_utf8_c_string(const char* in, char* out, std::size_t capacity) {
  // Every piece written is at least as long as what was read for it, so the last
  // one that can be looked at starts before `capacity` and has at most 4 bytes.
  return sanitize_utf8({in, strnlen(in, capacity + 3)}, out, capacity);
}

}  // namespace temporal_slab::base
