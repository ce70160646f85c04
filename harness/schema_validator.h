// Is a JSON text what schemas/stats_v1.schema.json says? Every test that prints
// JSON asks.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace temporal_slab::harness {

// The first offences, one a line as "path: what is wrong" with a path like
// $.epochs[3].refcount; nothing when the text is one valid document of the schema
// (a path from the root of the source tree; without it a snapshot). Stricter than
// a schema can say in two ways: ill-formed UTF-8 and a key that stands twice in
// one object are offences.
inline constexpr const char* kSnapshotSchema = "schemas/stats_v1.schema.json";
inline constexpr const char* kFindingsSchema = "schemas/findings_v1.schema.json";
std::optional<std::string> validate_json(std::string_view text,
                                         const std::string& schema_path = kSnapshotSchema);

// The same for EXPECT_TRUE.
testing::AssertionResult is_valid_snapshot_json(std::string_view text);
testing::AssertionResult is_valid_findings_json(std::string_view text);

}  // namespace temporal_slab::harness
