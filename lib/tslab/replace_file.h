// Writing a file that others may read at any time.
#pragma once

#include <string>
#include <string_view>

namespace temporal_slab::tslab {

// Puts a file with this text in the place of `path`, at once: whoever reads it sees all
// of the old one or all of the new one, also after a crash of the machine. It is
// written beside it first, under a name that begins with a dot. False with one line of
// `error`; then nothing has changed, and nothing is left beside it. What is there and no
// regular file (a folder, a device, a link) is not replaced.
bool replace_file(const std::string& path, std::string_view text, std::string* error);

}  // namespace temporal_slab::tslab
