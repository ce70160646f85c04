#include "stats/public_stats.h"

#include <cstddef>

#include "base/utf8.h"
#include "stats/segment_layout.h"

namespace temporal_slab::stats {
namespace {

static_assert(SLAB_VERSION_BYTES == kVersionBytes);
static_assert(SLAB_PROCESS_BYTES == kProcessBytes);
static_assert(SLAB_LABEL_BYTES == kLabelBytes);

void copy(std::uint64_t from, std::uint64_t& to) { to = from; }

template <std::size_t N>
void copy(const std::string& from, char (&to)[N]) {
  base::sanitize_utf8(from, to, N);
}

}  // namespace

#define TEMPORAL_SLAB_COPY(name, type, kind, origin, unit, help) copy(from.name, to->name);

void fill(const Snapshot& from, SlabGlobalStats* to) {
  TEMPORAL_SLAB_GLOBAL_FIELDS(TEMPORAL_SLAB_COPY)
}

void fill(const ClassRow& from, SlabClassStats* to) {
  TEMPORAL_SLAB_CLASS_FIELDS(TEMPORAL_SLAB_COPY)
}

#undef TEMPORAL_SLAB_COPY

}  // namespace temporal_slab::stats
