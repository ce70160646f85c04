// What --help prints; follows from the tables of commands and flags.
#pragma once

#include <string>

#include "tslab/commands.h"

namespace temporal_slab::tslab {

// Of the whole tool.
std::string help();

std::string help_of(const Command& command);

}  // namespace temporal_slab::tslab
