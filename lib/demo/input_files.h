// The files that are indexed: which ones, and their bytes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace temporal_slab::demo {

inline constexpr const char* kDefaultFolder = "/usr/share/common-licenses";

// The regular files of a folder, in order of bytes. Links are left out, so that no
// text counts twice: the list of `find FOLDER -maxdepth 1 -type f | LC_ALL=C sort`.
// nullopt: `error` names the folder and the reason.
std::optional<std::vector<std::string>> files_of(const std::string& folder, std::string* error);

// Gives a regular file's bytes to `take`, piece by piece, until it returns false.
// False: `error` names the file and the reason.
bool read_file(const std::string& path, const std::function<bool(std::string_view)>& take,
               std::string* error);

}  // namespace temporal_slab::demo
