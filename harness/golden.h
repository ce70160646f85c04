// Golden files: approved outputs in schemas/golden/, compared byte by byte.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace temporal_slab::harness {

// True when `text` is what schemas/golden/NAME holds. Else the message is a short
// unified difference and the one command that records the new output. With
// TEMPORAL_SLAB_UPDATE_GOLDEN=1 in the environment it records and is true.
testing::AssertionResult matches_golden(std::string_view name, std::string_view text);

// The same for any file of the source tree, by its path from the root.
// `repair_command` says how to write it anew.
testing::AssertionResult matches_source_file(std::string_view path, std::string_view text,
                                             std::string_view repair_command);

// Where the source tree lies.
std::string source_path(std::string_view path_from_root);

}  // namespace temporal_slab::harness
