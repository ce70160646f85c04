#include "fuzz/strict_json.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "fuzz/require.h"

namespace temporal_slab::fuzz {
namespace {

constexpr int kDeepest = 8;

class Reader {
 public:
  Reader(std::string_view text, const VisitScalar& visit) : rest_(text), visit_(visit) {}

  void read() {
    value(0);
    blanks();
    require(rest_.empty(), "a JSON text ends after its value", rest_.substr(0, 40));
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void want(char c) { require(take(c), "JSON has the right mark here", rest_.substr(0, 40)); }
  void blanks() {
    while (take(' ') || take('\n') || take('\t') || take('\r')) {
    }
  }

  void value(int depth) {
    require(depth <= kDeepest, "JSON is no deeper than the format");
    blanks();
    if (take('{'))
      object(depth);
    else if (take('['))
      array(depth);
    else if (take('"'))
      visit_(path_, text());
    else
      visit_(path_, number());
  }

  void object(int depth) {
    std::vector<std::string> keys;
    blanks();
    if (take('}')) return;
    do {
      blanks();
      want('"');
      keys.push_back(text());
      require(std::find(keys.begin(), keys.end(), keys.back()) == keys.end() - 1,
              "a key stands once in its object", keys.back());
      blanks();
      want(':');
      below(keys.back(), depth);
      blanks();
    } while (take(','));
    want('}');
  }

  void array(int depth) {
    blanks();
    if (take(']')) return;
    int index = 0;
    do {
      below(std::to_string(index++), depth);
      blanks();
    } while (take(','));
    want(']');
  }

  void below(std::string_view key, int depth) {
    const std::size_t length = path_.size();
    path_ += '/';
    path_ += key;
    value(depth + 1);
    path_.resize(length);
  }

  // The format has no numbers but integers of up to 64 bits, and no other literals.
  std::string number() {
    const std::string digits(rest_.substr(0, rest_.find_first_not_of("0123456789")));
    require(!digits.empty() && digits.size() <= 20 && (digits == "0" || digits.front() != '0'),
            "a number is an exact integer (R-3-1)", rest_.substr(0, 40));
    require(digits.size() < 20 || digits <= "18446744073709551615", "a number fits in 64 bits",
            digits);
    rest_.remove_prefix(digits.size());
    return digits;
  }

  std::string text() {
    std::string out;
    while (!take('"')) {
      require(!rest_.empty(), "a JSON string ends");
      const char c = rest_.front();
      require(static_cast<std::uint8_t>(c) >= 0x20, "no control character stands in a JSON string");
      rest_.remove_prefix(1);
      if (c != '\\')
        out += c;
      else
        escape(out);
    }
    require(base::is_well_formed_utf8(out), "a JSON string is well-formed UTF-8");
    return out;
  }

  void escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    require(!rest_.empty(), "a JSON escape ends");
    const std::size_t simple = kNames.find(rest_.front());
    if (simple != std::string_view::npos) {
      out += kMeant[simple];
      rest_.remove_prefix(1);
      return;
    }
    want('u');
    std::uint32_t unit = 0;
    for (int i = 0; i < 4; ++i) {
      const std::size_t digit = rest_.empty()
                                    ? std::string_view::npos
                                    : std::string_view("0123456789abcdef").find(rest_.front());
      require(digit != std::string_view::npos, "\\u has four digits");
      unit = unit * 16 + static_cast<std::uint32_t>(digit);
      rest_.remove_prefix(1);
    }
    // What lib/ escapes is below U+10000 and no surrogate.
    require(unit < 0xD800 || unit > 0xDFFF, "no surrogate stands in a JSON string");
    if (unit < 0x80) {
      out += static_cast<char>(unit);
    } else if (unit < 0x800) {
      out += static_cast<char>(0xC0 | unit >> 6);
      out += static_cast<char>(0x80 | (unit & 0x3F));
    } else {
      out += static_cast<char>(0xE0 | unit >> 12);
      out += static_cast<char>(0x80 | (unit >> 6 & 0x3F));
      out += static_cast<char>(0x80 | (unit & 0x3F));
    }
  }

  std::string_view rest_;
  const VisitScalar& visit_;
  std::string path_;
};

}  // namespace

void read_strictly(std::string_view text, const VisitScalar& visit) { Reader(text, visit).read(); }

void require_json(std::string_view text) {
  read_strictly(text, [](std::string_view, std::string_view) {});
}

}  // namespace temporal_slab::fuzz
