// Is a JSON text what the schema of the format says? The schema is the one that
// stands in schemas/stats_v1.schema.json, built in.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "tslab/json_reader.h"

namespace temporal_slab::tslab {

// Holds a text that is JSON against the schema alone, and lists at most `most`
// offences. Memory is not bounded for every text.
std::vector<Offence> check_schema(std::string_view text, std::size_t most);

// Lists what is wrong with one snapshot, at most `most` (at least 1). The strict
// reader looks first: it bounds memory, and finds what a schema cannot say, such as a
// key that stands twice or epochs out of order. What it lets pass is then held
// against the schema, so that no text is called valid that the schema refuses.
std::vector<Offence> check_snapshot(std::string_view text, std::size_t most);

}  // namespace temporal_slab::tslab
