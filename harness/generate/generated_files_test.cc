#include "harness/generate/generated_files.h"

#include <gtest/gtest.h>

#include "harness/golden.h"

namespace temporal_slab::harness {
namespace {

TEST(GeneratedFiles, AreWhatTheTableOfFieldsSays) {
  for (const GeneratedFile& file : generated_files())
    EXPECT_TRUE(matches_source_file(file.path, file.text, "ci/generate"));
}

}  // namespace
}  // namespace temporal_slab::harness
