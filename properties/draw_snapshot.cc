#include "properties/draw_snapshot.h"

#include <rapidcheck/Gen.h>
#include <rapidcheck/Random.h>
#include <rapidcheck/gen/Transform.h>
#include <rapidcheck/shrink/Shrink.h>
#include <rapidcheck/shrinkable/Create.h>

#include "harness/model/label.h"
#include "harness/sample_snapshots.h"
#include "properties/draw.h"

namespace temporal_slab::properties {

std::string some_text() {
  static const rc::Gen<std::string> texts = [](rc::Random random, int) {
    return rc::shrinkable::shrinkRecur(
        draw_text(random), [](const std::string& text) { return rc::shrink::removeChunks(text); });
  };
  return *texts;
}

std::string some_label() { return harness::model::clean_label(some_text()); }

stats::Snapshot some_snapshot() {
  stats::Snapshot snapshot = harness::busy_snapshot();
  snapshot.allocator = some_label();
  for (stats::EpochRow& row : snapshot.epochs) row.label = some_label();
  for (stats::AbandonedRow& row : snapshot.abandoned) row.label = some_label();
  return snapshot;
}

}  // namespace temporal_slab::properties
