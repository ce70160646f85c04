#include "harness/golden.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace temporal_slab::harness {
namespace {

// Whoever records goldens with the whole suite must not record these.
class Golden : public testing::Test {
 protected:
  void SetUp() override { unsetenv("TEMPORAL_SLAB_UPDATE_GOLDEN"); }
};

std::string approved() {
  std::ifstream in(source_path("schemas/golden/top_epochs_ties_desc.txt"), std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

TEST_F(Golden, TheApprovedBytesAreAccepted) {
  EXPECT_TRUE(matches_golden("top_epochs_ties_desc.txt", approved()));
}

TEST_F(Golden, OneByteMoreIsRefusedWithTheDifferenceAndTheCommandThatRecords) {
  const auto result = matches_golden("top_epochs_ties_desc.txt", approved() + "x");
  ASSERT_FALSE(result);
  const std::string message = result.message();
  EXPECT_NE(message.find("+x (no newline)"), message.npos) << message;
  EXPECT_NE(message.find("TEMPORAL_SLAB_UPDATE_GOLDEN=1 /"), message.npos) << message;
  EXPECT_NE(message.find("--gtest_filter='Golden.OneByteMoreIsRefused"), message.npos) << message;
}

TEST_F(Golden, AFileThatDoesNotExistIsRefused) {
  const auto result = matches_golden("no_such_golden.txt", "text");
  ASSERT_FALSE(result);
  EXPECT_NE(std::string(result.message()).find("does not exist"), std::string::npos);
}

}  // namespace
}  // namespace temporal_slab::harness
