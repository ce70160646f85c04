// A snapshot: a plain copy of everything observable, taken at one time. Every
// renderer is a pure function of it (R-3-3 to R-3-5 say what a taken one holds).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "stats/fields.h"

namespace temporal_slab::stats {

enum class EpochState : std::uint64_t { kActive = 0, kClosing = 1 };

inline constexpr std::uint64_t kSchemaVersion = 1;

#define TEMPORAL_SLAB_MEMBER_U64(name) std::uint64_t name = 0;
#define TEMPORAL_SLAB_MEMBER_TEXT(name) std::string name;
#define TEMPORAL_SLAB_MEMBER_STATE(name) EpochState name = EpochState::kActive;
#define TEMPORAL_SLAB_MEMBER(name, type, kind, origin, unit, help) TEMPORAL_SLAB_MEMBER_##type(name)

// A site as its module's file calls it, for those who can name it better than
// "module+0xoffset". A snapshot that was read from JSON has none.
struct SiteAddress {
  std::size_t module = 0;    // in Snapshot::modules
  std::uint64_t offset = 0;  // of the call, one byte before its return address; 0: not known
};

struct HolderRow {
  TEMPORAL_SLAB_HOLDER_FIELDS(TEMPORAL_SLAB_MEMBER)
  SiteAddress address;
};

struct ModuleRow {
  std::string path;      // absolute, any bytes; "" if not known
  std::string build_id;  // bytes; "" if it has none
};

struct ClassRow {
  TEMPORAL_SLAB_CLASS_FIELDS(TEMPORAL_SLAB_MEMBER)
};

struct EpochRow {
  TEMPORAL_SLAB_EPOCH_FIELDS(TEMPORAL_SLAB_MEMBER)
  std::vector<HolderRow> holders;
};

struct AbandonedRow {
  TEMPORAL_SLAB_ABANDONED_FIELDS(TEMPORAL_SLAB_MEMBER)
  std::vector<HolderRow> holders;
};

struct Snapshot {
  TEMPORAL_SLAB_GLOBAL_FIELDS(TEMPORAL_SLAB_MEMBER)
  std::vector<ClassRow> classes;
  std::vector<EpochRow> epochs;
  std::vector<AbandonedRow> abandoned;  // oldest first
  std::vector<ModuleRow> modules;       // not in JSON
};

#undef TEMPORAL_SLAB_MEMBER
#undef TEMPORAL_SLAB_MEMBER_STATE
#undef TEMPORAL_SLAB_MEMBER_TEXT
#undef TEMPORAL_SLAB_MEMBER_U64

}  // namespace temporal_slab::stats
