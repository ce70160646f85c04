// From a checked copy of a segment to a snapshot: the stored figures as they are,
// the derived ones worked out, all saturating.
//
// Threads. Pure functions.
#pragma once

#include <string>

#include "base/utf8.h"
#include "stats/figures.h"
#include "stats/segment_copy.h"
#include "stats/segment_reader.h"
#include "stats/segment_write.h"
#include "stats/snapshot.h"

namespace temporal_slab::stats {

// The text up to its first NUL, made well-formed; its length. No malloc.
template <std::uint32_t N>
std::size_t copy_text(const TextWords<N>& text, char (&out)[N]) {
  char raw[N];
  for (std::uint32_t i = 0; i < N / 8; ++i) {
    const std::uint64_t word = get(text.words[i]);
    std::memcpy(raw + 8 * i, &word, 8);
  }
  return base::sanitize_utf8({raw, N - 1}, out, N);
}

template <std::uint32_t N>
std::string text_of(const TextWords<N>& text) {
  char clean[N];
  return {clean, copy_text(text, clean)};
}

void build_snapshot(const SegmentCopy& copy, const ReadContext& context, Snapshot* out);

}  // namespace temporal_slab::stats
