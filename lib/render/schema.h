// The JSON schema (draft-07) of a snapshot, written from the table of fields.
#pragma once

#include <string>

namespace temporal_slab::render {

// Pretty-printed, with a newline at the end: what schemas/stats_v1.schema.json
// holds. Every field of the table is required. The top level is open, so that
// fields may be added (R-3-2); the objects inside its arrays are closed.
std::string render_schema();

}  // namespace temporal_slab::render
