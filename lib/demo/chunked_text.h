// A text of any length in small objects: a list of chunks, each full but the last.
// Texts of all lengths then share slabs, and none needs pages of its own.
//
//   [ next | bytes ... ] -> [ next | bytes ... ] -> nullptr
//
// Nearly every word fits in one chunk, which costs one pointer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "demo/object_source.h"

namespace temporal_slab::demo {

struct TextChunk {
  TextChunk* next;

  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
};

inline constexpr std::size_t kMostChunkBytes = 768 - sizeof(TextChunk);

// Copies `text`, which is not empty. nullptr with errno if there is no memory.
TextChunk* make_text(const ObjectSource& source, std::string_view text);

// Frees a text; nullptr is fine.
void free_text(const ObjectSource& source, TextChunk* text);

// Whether the text, `length` bytes long, is `other`.
bool text_equals(const TextChunk* text, std::size_t length, std::string_view other);

// The text, `length` bytes long, in one piece.
std::string text_string(const TextChunk* text, std::size_t length);

}  // namespace temporal_slab::demo
