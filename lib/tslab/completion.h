// The script that completes command lines of tslab in bash; follows from the tables of
// commands, flags and keys.
#pragma once

#include <string>

namespace temporal_slab::tslab {

std::string bash_completion();

}  // namespace temporal_slab::tslab
