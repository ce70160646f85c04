#include "fuzz/label_rule.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "fuzz/require.h"
#include "harness/model/label.h"

namespace temporal_slab::fuzz {
namespace {

// Of the character at the front of a text that is well-formed.
std::size_t length_of_first(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  const std::size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(length, text.size());
}

// Sequences that a table must not let through, as bytes: C0 and DEL, C1, ALM, LRM and RLM, line
// and paragraph separators, embeddings and overrides, isolates.
bool disturbs(std::string_view c) {
  const auto at = [c](std::size_t i) { return static_cast<std::uint8_t>(c[i]); };
  if (c.size() == 1) return at(0) < 0x20 || at(0) == 0x7F;
  if (c.size() == 2) return (at(0) == 0xC2 && at(1) <= 0x9F) || c == "\xD8\x9C";
  if (c.size() != 3 || at(0) != 0xE2) return false;
  if (at(1) == 0x80) return at(2) == 0x8E || at(2) == 0x8F || (at(2) >= 0xA8 && at(2) <= 0xAE);
  return at(1) == 0x81 && at(2) >= 0xA6 && at(2) <= 0xA9;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

std::string shown_from(std::string_view text) {
  require(harness::model::is_utf8(text), "what is shown is well-formed UTF-8");
  std::string shown;
  while (!text.empty()) {
    const std::string_view c = text.substr(0, length_of_first(text));
    text.remove_prefix(c.size());
    if (!disturbs(c)) {
      shown += c;
      continue;
    }
    for (const char byte : c) {
      char escape[5];
      std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<std::uint8_t>(byte));
      shown += escape;
    }
  }
  return shown;
}

std::string bytes_from_shown(std::string_view shown) {
  std::string bytes;
  while (!shown.empty()) {
    if (shown.size() >= 4 && shown.substr(0, 2) == "\\x" && hex_digit(shown[2]) >= 0 &&
        hex_digit(shown[3]) >= 0) {
      bytes += static_cast<char>(hex_digit(shown[2]) * 16 + hex_digit(shown[3]));
      shown.remove_prefix(4);
    } else {
      bytes += shown.front();
      shown.remove_prefix(1);
    }
  }
  return bytes;
}

}  // namespace temporal_slab::fuzz
