#include "stress/object.h"

#include <algorithm>
#include <cstring>

#include "stress/random.h"
#include "stress/report.h"

namespace temporal_slab::stress {
namespace {

using Word = std::uint64_t;

class Pattern {
 public:
  explicit Pattern(const Object& object)
      : key_(mix(reinterpret_cast<std::uintptr_t>(object.address)) ^ mix(object.serial + 1) ^
             (Word{object.size_bytes} << 40) ^ object.owner) {}

  Word word(std::size_t index) const { return (key_ + index) * 0x9e3779b97f4a7c15ULL; }

 private:
  Word key_;
};

}  // namespace

std::uint32_t random_size(Random& random) {
  const std::uint64_t most = !random.one_in(16)   ? 768
                             : !random.one_in(16) ? SLAB_MAX_SLOT_SIZE
                                                  : 8 * SLAB_MAX_SLOT_SIZE;
  return static_cast<std::uint32_t>(1 + random.below(most));
}

void fill(const Object& object) {
  const Pattern pattern(object);
  for (std::size_t at = 0; at < object.filled_bytes; at += sizeof(Word)) {
    const Word word = pattern.word(at);
    std::memcpy(object.address + at, &word, std::min(sizeof word, object.filled_bytes - at));
  }
}

std::size_t first_difference(const Object& object, const unsigned char* memory, std::size_t bytes) {
  const Pattern pattern(object);
  for (std::size_t at = 0; at < bytes; at += sizeof(Word)) {
    const Word word = pattern.word(at);
    const std::size_t length = std::min(sizeof word, bytes - at);
    if (std::memcmp(memory + at, &word, length) == 0) continue;
    const auto* wanted = reinterpret_cast<const unsigned char*>(&word);
    return at + static_cast<std::size_t>(std::mismatch(wanted, wanted + length, memory + at).first -
                                         wanted);
  }
  return bytes;
}

void check_contents(const Object& object, const char* when) {
  const std::size_t at = first_difference(object, object.address, object.filled_bytes);
  if (at == object.filled_bytes) return;
  fail(text("%s: byte %zu of an object was overwritten with 0x%02x\n  ", when, at,
            object.address[at]) +
       describe(object));
}

std::string describe(const Object& object) {
  std::string words =
      text("object %p, handle 0x%llx, %u bytes of %u usable, %u filled, made by thread %u as #%llu",
           static_cast<const void*>(object.address), static_cast<unsigned long long>(object.handle),
           object.size_bytes, object.usable_bytes, object.filled_bytes, object.owner,
           static_cast<unsigned long long>(object.serial));
  if (object.epoch != kEpochUnknown)
    words += text(", epoch %u era %llu", object.epoch, static_cast<unsigned long long>(object.era));
  return words;
}

}  // namespace temporal_slab::stress
