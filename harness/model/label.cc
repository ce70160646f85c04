#include "harness/model/label.h"

#include <algorithm>
#include <array>

namespace temporal_slab::harness::model {
namespace {

struct Range {
  unsigned first;
  unsigned last;
  bool holds(unsigned byte) const { return first <= byte && byte <= last; }
};

// Table 3-7: well-formed sequences by their bytes; unused places are empty ranges.
struct Form {
  std::size_t length;
  std::array<Range, 4> bytes;
};
constexpr Range kTail{0x80, 0xBF};
constexpr Range kNone{1, 0};
constexpr std::array kForms = {
    Form{1, {{{0x00, 0x7F}, kNone, kNone, kNone}}},
    Form{2, {{{0xC2, 0xDF}, kTail, kNone, kNone}}},
    Form{3, {{{0xE0, 0xE0}, {0xA0, 0xBF}, kTail, kNone}}},
    Form{3, {{{0xE1, 0xEC}, kTail, kTail, kNone}}},
    Form{3, {{{0xED, 0xED}, {0x80, 0x9F}, kTail, kNone}}},
    Form{3, {{{0xEE, 0xEF}, kTail, kTail, kNone}}},
    Form{4, {{{0xF0, 0xF0}, {0x90, 0xBF}, kTail, kTail}}},
    Form{4, {{{0xF1, 0xF3}, kTail, kTail, kTail}}},
    Form{4, {{{0xF4, 0xF4}, {0x80, 0x8F}, kTail, kTail}}},
};

struct Piece {
  std::size_t length;  // of the character, or of its longest start
  bool whole;
};

Piece first_piece(std::string_view text) {
  Piece longest{1, false};
  for (const Form& form : kForms) {
    std::size_t matched = 0;
    while (matched < form.length && matched < text.size() &&
           form.bytes.at(matched).holds(static_cast<unsigned char>(text[matched])))
      ++matched;
    if (matched == form.length) return {matched, true};
    longest.length = std::max(longest.length, matched);
  }
  return longest;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Piece piece = first_piece(text);
    if (!piece.whole) return false;
    text.remove_prefix(piece.length);
  }
  return true;
}

std::string clean_label(std::string_view bytes, std::size_t most) {
  std::string clean;
  bytes = bytes.substr(0, bytes.find('\0'));
  while (!bytes.empty()) {
    const Piece piece = first_piece(bytes);
    const std::string_view shown = piece.whole ? bytes.substr(0, piece.length) : "\xEF\xBF\xBD";
    if (clean.size() + shown.size() > most) break;
    clean += shown;
    bytes.remove_prefix(piece.length);
  }
  return clean;
}

}  // namespace temporal_slab::harness::model
