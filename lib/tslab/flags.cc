#include "tslab/flags.h"

#include "render/exposition.h"
#include "render/fleet.h"
#include "render/table_keys.h"
#include "tslab/listen_address.h"
#include "tslab/regressions.h"
#include "tslab/values.h"

namespace temporal_slab::tslab {
namespace {

// The table is looked up by number.
constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kFlags.size(); ++i)
    if (static_cast<std::size_t>(kFlags[i].flag) != i) return false;
  return true;
}
static_assert(is_in_order());

}  // namespace

std::string allowed_values(Flag flag) {
  switch (flag) {
    case Flag::kBy:
      return "for epochs " + render::key_names(render::kEpochKeys) + "; for classes " +
             render::key_names(render::kClassKeys);
    case Flag::kSort:
      return render::key_names(render::kFleetKeys);
    case Flag::kN:
    case Flag::kCount:
      return kAllowedRows;
    case Flag::kWatch:
    case Flag::kInterval:
      return kAllowedInterval;
    case Flag::kInput:
    case Flag::kSince:
      return "a file, or - for standard input";
    case Flag::kPid:
      return "PID, PID.N (of the file PID.N.seg) or either with :NAME, as tslab ps lists them";
    case Flag::kName:
      return "the name of an allocator, as tslab ps lists them";
    case Flag::kAge:
      return kAllowedAge;
    case Flag::kSlowPath:
    case Flag::kAbandonedRefs:
    case Flag::kAdvancesHeld:
    case Flag::kUnderflows:
    case Flag::kStaleReleases:
    case Flag::kMadviseFailures:
    case Flag::kBadFrees:
    case Flag::kPinnedSlabs:
      return kAllowedNumber;
    case Flag::kFailOn:
      return allowed_regressions();
    case Flag::kOutput:
      return "a file, or - for standard output";
    case Flag::kPrefix:
      return render::kAllowedMetricPrefix;
    case Flag::kSeries:
      return "epoch or slot";
    case Flag::kLabel:
      return "NAME=VALUE, each NAME once: " + render::allowed_label_names() +
             "; VALUE not empty, of UTF-8";
    case Flag::kListen:
      return kAllowedListenAddresses;
    default:
      return "";
  }
}

}  // namespace temporal_slab::tslab
