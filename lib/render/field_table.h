// The table of statistics fields (stats/fields.h) as data: what the schema, the
// field reference and the public header are written from.
#pragma once

#include <string_view>

#include "stats/fields.h"

namespace temporal_slab::render {

enum class FieldType { U64, TEXT, STATE };
enum class FieldKind { COUNTER, GAUGE, INFO };

struct Field {
  std::string_view name;
  FieldType type;
  FieldKind kind;
  std::string_view unit;
  std::string_view help;
};

#define TEMPORAL_SLAB_FIELD(name, type, kind, origin, unit, help) \
  Field{#name, FieldType::type, FieldKind::kind, unit, help},
inline constexpr Field kGlobalFields[] = {TEMPORAL_SLAB_GLOBAL_FIELDS(TEMPORAL_SLAB_FIELD)};
inline constexpr Field kClassFields[] = {TEMPORAL_SLAB_CLASS_FIELDS(TEMPORAL_SLAB_FIELD)};
inline constexpr Field kEpochFields[] = {TEMPORAL_SLAB_EPOCH_FIELDS(TEMPORAL_SLAB_FIELD)};
inline constexpr Field kAbandonedFields[] = {TEMPORAL_SLAB_ABANDONED_FIELDS(TEMPORAL_SLAB_FIELD)};
inline constexpr Field kHolderFields[] = {TEMPORAL_SLAB_HOLDER_FIELDS(TEMPORAL_SLAB_FIELD)};
#undef TEMPORAL_SLAB_FIELD

constexpr std::string_view kind_name(FieldKind kind) {
  return kind == FieldKind::COUNTER ? "counter" : kind == FieldKind::GAUGE ? "gauge" : "info";
}

}  // namespace temporal_slab::render
