#include "demo/chunked_text.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace temporal_slab::demo {

TextChunk* make_text(const ObjectSource& source, std::string_view text) {
  TextChunk* first = nullptr;
  TextChunk** link = &first;
  while (!text.empty()) {
    const std::size_t size = std::min(text.size(), kMostChunkBytes);
    void* const object = source.allocate(sizeof(TextChunk) + size);
    if (object == nullptr) {
      free_text(source, first);
      return nullptr;
    }
    TextChunk* const chunk = new (object) TextChunk{nullptr};
    std::memcpy(chunk->bytes(), text.data(), size);
    *link = chunk;
    link = &chunk->next;
    text.remove_prefix(size);
  }
  return first;
}

void free_text(const ObjectSource& source, TextChunk* text) {
  while (text != nullptr) {
    TextChunk* const next = text->next;
    source.free(text);
    text = next;
  }
}

bool text_equals(const TextChunk* text, std::size_t length, std::string_view other) {
  if (length != other.size()) return false;
  for (; text != nullptr; text = text->next) {
    const std::size_t size = std::min(other.size(), kMostChunkBytes);
    if (std::memcmp(text->bytes(), other.data(), size) != 0) return false;
    other.remove_prefix(size);
  }
  return true;
}

std::string text_string(const TextChunk* text, std::size_t length) {
  std::string result;
  result.reserve(length);
  for (; text != nullptr; text = text->next)
    result.append(text->bytes(), std::min(length - result.size(), kMostChunkBytes));
  return result;
}

}  // namespace temporal_slab::demo
