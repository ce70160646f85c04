// Checks on what was copied from a segment, before it is used (R-2.6-3). Each says
// in one line what is wrong and what is allowed.
//
// Threads. Pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "stats/segment_copy.h"

namespace temporal_slab::stats {

bool check_magic(std::uint64_t magic, std::string* error);

// What must fit before anything else is read.
bool check_header(const SegmentHeader& header, std::string* error);

// Everything else that is not a mere figure: class table, states, epoch numbers.
bool check_body(const SegmentCopy& copy, std::string* error);

}  // namespace temporal_slab::stats
