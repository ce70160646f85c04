// The public header of statistics: lib/include/temporal_slab/slab_stats.h. Its
// structs hold the fields of the one table, but a public header has no macros, so
// its text is written out.
#pragma once

#include <string>

namespace temporal_slab::harness {

std::string public_stats_header();

}  // namespace temporal_slab::harness
