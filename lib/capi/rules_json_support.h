// Snapshots as the C API writes them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "capi/rules_support.h"

namespace temporal_slab::rules {

using Json = nlohmann::json;

// What slab_stats_write_json writes to a file.
std::string json_text(SlabAllocator* allocator);

// The same, parsed; valid against the schema, or the test fails.
Json snapshot(SlabAllocator* allocator);

// A snapshot without what passes by itself (time, age, resident bytes) and without
// what counts calls rather than what they did (refusals, locks, slow paths): two
// are equal when nothing was changed in between.
Json still_snapshot(SlabAllocator* allocator);

// What differs between two, each with its path; "" if nothing does.
std::string changes(const Json& before, const Json& after);

}  // namespace temporal_slab::rules
