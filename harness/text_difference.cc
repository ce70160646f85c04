#include "harness/text_difference.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace temporal_slab::harness {
namespace {

constexpr std::size_t kContext = 2;
constexpr std::size_t kMostLines = 20;
constexpr std::size_t kLineBytes = 110;

// Each line keeps its newline, so that a missing one at the end is a difference.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F) {
      out += c;
    } else {
      out += "\\x";
      out += "0123456789abcdef"[byte >> 4];
      out += "0123456789abcdef"[byte & 0xF];
    }
  }
  return out;
}

// The part of a long line around `at`.
std::string window(std::string_view line, std::size_t at) {
  const bool whole = line.ends_with('\n');
  if (whole) line.remove_suffix(1);
  const std::size_t from =
      line.size() <= kLineBytes || at < kLineBytes / 2 ? 0 : at - kLineBytes / 2;
  std::string out = from == 0 ? "" : "..." + std::to_string(from) + " bytes... ";
  out += shown(line.substr(std::min(from, line.size()), kLineBytes));
  if (line.size() > from + kLineBytes) out += " ...";
  return out + (whole ? "\n" : " (no newline)\n");
}

std::size_t first_difference(std::string_view a, std::string_view b) {
  const std::size_t common = std::min(a.size(), b.size());
  return static_cast<std::size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(common), b.begin()).first -
      a.begin());
}

using Lines = std::vector<std::string_view>;

void append_side(std::string& out, char mark, const Lines& lines, const Lines& other,
                 std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < std::min(to, from + kMostLines); ++i) {
    const std::string_view peer = i < other.size() ? other[i] : std::string_view();
    out += mark + window(lines[i], first_difference(lines[i], peer));
  }
  if (to > from + kMostLines)
    out += std::string(1, mark) + "... " + std::to_string(to - from - kMostLines) + " lines more\n";
}

}  // namespace

std::string text_difference(std::string_view name, std::string_view expected,
                            std::string_view actual) {
  if (expected == actual) return "";
  const Lines old_lines = split(expected);
  const Lines new_lines = split(actual);
  const std::size_t shorter = std::min(old_lines.size(), new_lines.size());
  std::size_t head = 0;
  while (head < shorter && old_lines[head] == new_lines[head]) ++head;
  std::size_t tail = 0;
  while (tail < shorter - head &&
         old_lines[old_lines.size() - 1 - tail] == new_lines[new_lines.size() - 1 - tail])
    ++tail;

  std::string out = "--- " + std::string(name) + "\n+++ what came out\n@@ line " +
                    std::to_string(head + 1) + " @@\n";
  for (std::size_t i = head - std::min(head, kContext); i < head; ++i)
    out += ' ' + window(old_lines[i], 0);
  append_side(out, '-', old_lines, new_lines, head, old_lines.size() - tail);
  append_side(out, '+', new_lines, old_lines, head, new_lines.size() - tail);
  for (std::size_t i = old_lines.size() - tail;
       i < std::min(old_lines.size(), old_lines.size() - tail + kContext); ++i)
    out += ' ' + window(old_lines[i], 0);
  return out;
}

}  // namespace temporal_slab::harness
