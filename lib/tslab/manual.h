// The manual page tslab(1), in the language of man; follows from the same tables as
// --help.
#pragma once

#include <string>

namespace temporal_slab::tslab {

std::string manual_page();

}  // namespace temporal_slab::tslab
