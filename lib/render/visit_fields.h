// Walks the fields of a snapshot's row in the order of the table, so that no
// renderer or reader names one twice.
#pragma once

#include <string_view>
#include <type_traits>

#include "stats/snapshot.h"

namespace temporal_slab::render {

// Calls visit(name, member) for each field of a row: a Snapshot (its global
// fields, without the arrays), ClassRow, EpochRow or AbandonedRow (without
// holders) or HolderRow. The member is a reference to std::uint64_t, std::string
// or stats::EpochState, const as the row is.
template <typename Row, typename Visitor>
void visit_fields(Row& row, Visitor&& visit) {
  using Plain = std::remove_const_t<Row>;
#define TEMPORAL_SLAB_VISIT(name, type, kind, origin, unit, help) \
  visit(std::string_view(#name), row.name);
  if constexpr (std::is_same_v<Plain, stats::Snapshot>) {
    TEMPORAL_SLAB_GLOBAL_FIELDS(TEMPORAL_SLAB_VISIT)
  } else if constexpr (std::is_same_v<Plain, stats::ClassRow>) {
    TEMPORAL_SLAB_CLASS_FIELDS(TEMPORAL_SLAB_VISIT)
  } else if constexpr (std::is_same_v<Plain, stats::EpochRow>) {
    TEMPORAL_SLAB_EPOCH_FIELDS(TEMPORAL_SLAB_VISIT)
  } else if constexpr (std::is_same_v<Plain, stats::AbandonedRow>) {
    TEMPORAL_SLAB_ABANDONED_FIELDS(TEMPORAL_SLAB_VISIT)
  } else {
    static_assert(std::is_same_v<Plain, stats::HolderRow>);
    TEMPORAL_SLAB_HOLDER_FIELDS(TEMPORAL_SLAB_VISIT)
  }
#undef TEMPORAL_SLAB_VISIT
}

}  // namespace temporal_slab::render
