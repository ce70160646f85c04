#include "demo/tokenizer.h"

namespace temporal_slab::demo {
namespace {

// The letter in lower case, 0 for what is none: no locale is asked.
constexpr char letter(char byte) {
  if (byte >= 'a' && byte <= 'z') return byte;
  if (byte >= 'A' && byte <= 'Z') return static_cast<char>(byte - 'A' + 'a');
  return 0;
}

}  // namespace

bool Tokenizer::feed(std::string_view bytes) {
  for (const char byte : bytes) {
    if (const char lower = letter(byte)) {
      word_ += lower;
    } else if (!finish()) {
      return false;
    }
  }
  return true;
}

bool Tokenizer::finish() {
  if (word_.empty()) return true;
  const bool wanted = sink_(word_);
  word_.clear();
  return wanted;
}

}  // namespace temporal_slab::demo
