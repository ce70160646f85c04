// A fuzzer's bytes, taken apart from the front. Past the end everything reads as 0, so that
// any cut of an input is an input.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace temporal_slab::fuzz {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }

  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return static_cast<std::uint8_t>(c);
  }

  // Little-endian, so that what a hex dump of an input shows is what was read.
  std::uint16_t half_word() {
    const std::uint16_t low = byte();
    return static_cast<std::uint16_t>(low | byte() << 8);
  }
  // Of an object: mostly of the small classes, 0 included, or a larger one.
  std::uint32_t size() {
    const std::uint32_t number = half_word();
    return number < 0xF800 ? number % 800 : (number - 0xF800) * 64 + 769;
  }
  std::uint64_t word() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 8) value |= std::uint64_t{byte()} << shift;
    return value;
  }

  // At most `most` of what is left.
  std::string_view bytes(std::size_t most) {
    const std::string_view taken = rest_.substr(0, std::min(most, rest_.size()));
    rest_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view rest_;
};

}  // namespace temporal_slab::fuzz
