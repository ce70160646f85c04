// How the figures of a snapshot agree with each other (R-3-4).
#pragma once

#include <cstdint>

#include "capi/rules_json_support.h"

namespace temporal_slab::rules {

// Of one field over all rows.
std::uint64_t sum(const Json& rows, const char* name);

// Every relation between figures that holds at rest, of an allocator whose objects are all of
// the small classes.
void expect_sums_agree(SlabAllocator* allocator);

}  // namespace temporal_slab::rules
