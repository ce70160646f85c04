// Snapshot -> JSON, as schemas/stats_v1.schema.json describes it.
#pragma once

#include <string>

#include "stats/snapshot.h"

namespace temporal_slab::render {

// One compact line and a newline: every field of the table in its order, integers
// exact (R-3-1), valid JSON and UTF-8 for any texts (R-3-6).
std::string render_json(const stats::Snapshot& snapshot);

// The same without the newline, as a value of a larger document.
void append_json(std::string& out, const stats::Snapshot& snapshot);

}  // namespace temporal_slab::render
