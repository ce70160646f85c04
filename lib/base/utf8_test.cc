#include "base/utf8.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace temporal_slab::base {
namespace {

// An independent decoder: no ranges, only the set of everything that well-formed
// characters are made of, got by encoding each one.
class Reference {
 public:
  Reference() {
    for (std::uint32_t c = 0; c <= 0x10FFFF; ++c) {
      if (c >= 0xD800 && c <= 0xDFFF) continue;
      const std::string bytes = encode(c);
      if (bytes.size() < 4) whole_.at(bytes.size() - 1)->set(index(bytes));
      for (std::size_t n = 1; n < bytes.size(); ++n)
        start_.at(n - 1)->set(index(bytes.substr(0, n)));
    }
  }

  static std::string encode(std::uint32_t c) {
    const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
    if (c < 0x80) return {byte(c)};
    if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F))};
    if (c < 0x10000)
      return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F))};
    return {byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 0x3F)), byte(0x80 | (c >> 6 & 0x3F)),
            byte(0x80 | (c & 0x3F))};
  }

  // Length of the first character, or of the first maximal subpart.
  std::size_t first_length(std::string_view text, bool* well_formed) const {
    *well_formed = true;
    for (std::size_t n = std::min<std::size_t>(text.size(), 4); n > 0; --n)
      if (is_whole(text.substr(0, n))) return n;
    *well_formed = false;
    for (std::size_t n = std::min<std::size_t>(text.size(), 3); n > 1; --n)
      if (start_[n - 1]->test(index(text.substr(0, n)))) return n;
    return 1;
  }

  std::size_t sanitize(std::string_view text, char* out, std::size_t capacity) const {
    std::size_t size = 0;
    text = text.substr(0, text.find('\0'));
    while (!text.empty()) {
      bool well_formed = false;
      const std::size_t length = first_length(text, &well_formed);
      const std::string_view piece = well_formed ? text.substr(0, length) : "\xEF\xBF\xBD";
      if (size + piece.size() > capacity - 1) break;
      std::copy(piece.begin(), piece.end(), out + size);
      size += piece.size();
      text.remove_prefix(length);
    }
    return size;
  }

 private:
  using Set = std::bitset<1u << 24>;

  static std::size_t index(std::string_view bytes) {
    std::size_t value = 0;
    for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

  // Four bytes are whole when three of them are a start and the last continues.
  bool is_whole(std::string_view bytes) const {
    if (bytes.size() == 4)
      return start_[2]->test(index(bytes.substr(0, 3))) &&
             (static_cast<unsigned char>(bytes[3]) & 0xC0) == 0x80;
    return whole_[bytes.size() - 1]->test(index(bytes));
  }

  static std::array<std::unique_ptr<Set>, 3> make_sets() {
    return {std::make_unique<Set>(), std::make_unique<Set>(), std::make_unique<Set>()};
  }

  // Both by length less one.
  std::array<std::unique_ptr<Set>, 3> whole_ = make_sets();
  std::array<std::unique_ptr<Set>, 3> start_ = make_sets();
};

const Reference& reference() {
  static const Reference instance;
  return instance;
}

std::string hex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 0xF];
    out += ' ';
  }
  return out;
}

// Returns false on the first difference, so that loops stop there.
bool agrees(std::string_view in, std::size_t capacity) {
  char out[64];
  const std::size_t length = sanitize_utf8(in, out, capacity);
  char expected[64];
  const std::size_t expected_length = reference().sanitize(in, expected, capacity);
  if (length == expected_length && std::memcmp(out, expected, length) == 0 && out[length] == '\0')
    return true;
  ADD_FAILURE() << "input " << hex(in) << "capacity " << capacity << "\nis        "
                << hex({out, std::min(length, sizeof out)}) << "\nshould be "
                << hex({expected, expected_length});
  return false;
}

// R-2.4-1
TEST(Utf8, EveryInputOfUpToThreeBytesIsSanitizedAsAnIndependentDecoderSays) {
  char in[3];
  for (std::uint32_t value = 0; value < 1u << 24; ++value) {
    in[0] = static_cast<char>(value & 0xFF);
    in[1] = static_cast<char>(value >> 8 & 0xFF);
    in[2] = static_cast<char>(value >> 16);
    if (!agrees({in, 3}, 32)) return;
    if (value < 1u << 16 && !agrees({in, 2}, 32)) return;
    if (value < 1u << 8 && !agrees({in, 1}, 32)) return;
  }
  EXPECT_TRUE(agrees({}, 32));
}

// R-2.4-1
TEST(Utf8, FourByteInputsAtEveryBoundaryAreSanitizedAsAnIndependentDecoderSays) {
  const std::string edges("\x00\x41\x7F\x80\x8F\xBF\xC0\xC2\xF0\xFF", 10);
  for (std::uint32_t first = 0x80; first < 0x100; ++first)
    for (std::uint32_t second = 0; second < 0x100; ++second)
      for (const char third : edges)
        for (const char fourth : edges) {
          const char in[4] = {static_cast<char>(first), static_cast<char>(second), third, fourth};
          if (!agrees({in, 4}, 32)) return;
        }
}

TEST(Utf8, EveryCodePointDecodesToItself) {
  for (std::uint32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    const std::string bytes = Reference::encode(c);
    const DecodedUtf8 decoded = decode_utf8(bytes);
    ASSERT_TRUE(decoded.well_formed) << std::hex << c;
    ASSERT_EQ(static_cast<std::uint32_t>(decoded.code_point), c);
    ASSERT_EQ(decoded.length, bytes.size());
  }
}

TEST(Utf8, SurrogatesOverlongFormsAndValuesPastTheLastAreIllFormed) {
  for (const std::string_view bad :
       {"\xED\xA0\x80", "\xED\xBF\xBF", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF", "\x80", "\xE2\x82", "\xF0\x9F\x98"})
    EXPECT_FALSE(is_well_formed_utf8(bad)) << hex(bad);
  EXPECT_TRUE(is_well_formed_utf8("plain \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
  EXPECT_FALSE(is_well_formed_utf8("good then \xFF"));
}

// R-2.4-1
TEST(Utf8, ACutNeverFallsInsideASequence) {
  const std::vector<std::string> characters = {
      "a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xFF", "\xF0\x9F\x98"};
  for (const std::string& character : characters)
    for (std::size_t lead = 0; lead <= 33; ++lead) {
      const std::string in = std::string(lead, 'x') + character + "tail";
      for (std::size_t capacity = 1; capacity <= 40; ++capacity)
        if (!agrees(in, capacity)) return;
    }
}

// R-2.4-1
TEST(Utf8, ACharacterThatDoesNotFitEndsTheTextEvenIfALaterOneWould) {
  char out[4];
  EXPECT_EQ(sanitize_utf8("ab\xE2\x82\xAC"
                          "c",
                          out, sizeof out),
            2u);
  EXPECT_STREQ(out, "ab");
}

TEST(Utf8, CapacityZeroWritesNothingAndCapacityOneOnlyTheEnd) {
  char out[2] = {'?', '?'};
  EXPECT_EQ(sanitize_utf8("text", out, 0), 0u);
  EXPECT_EQ(out[0], '?');
  EXPECT_EQ(sanitize_utf8("text", out, 1), 0u);
  EXPECT_EQ(out[0], '\0');
  EXPECT_EQ(out[1], '?');
}

TEST(Utf8, SanitizingTwiceChangesNothingMore) {
  const std::string in = "\xFF\xF0\x9F\x98 ok \xED\xA0\x80 \xE2\x82\xAC";
  char once[64];
  char twice[64];
  const std::size_t length = sanitize_utf8(in, once, sizeof once);
  EXPECT_EQ(sanitize_utf8({once, length}, twice, sizeof twice), length);
  EXPECT_STREQ(once, twice);
  EXPECT_TRUE(is_well_formed_utf8(once));
}

// The text ends where its allocation ends, so AddressSanitizer sees a byte more.
TEST(Utf8, ALongCStringIsReadNoFurtherThanItTakesToFillTheOutput) {
  for (const std::string piece : {"a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xFF"}) {
    std::string in;
    while (in.size() < 64) in += piece;
    const std::vector<char> unterminated(in.begin(), in.begin() + 32 + 3);
    char out[32];
    const std::size_t length = sanitize_utf8_c_string(unterminated.data(), out, sizeof out);
    char expected[sizeof out];
    const std::size_t expected_length = reference().sanitize(in, expected, sizeof expected);
    EXPECT_EQ(hex({out, length}), hex({expected, expected_length}));
  }
}

}  // namespace
}  // namespace temporal_slab::base
