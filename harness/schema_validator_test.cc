#include "harness/schema_validator.h"

#include <gtest/gtest.h>

#include "harness/sample_snapshots.h"
#include "render/json.h"

namespace temporal_slab::harness {
namespace {

std::string busy() { return render::render_json(busy_snapshot()); }

// The busy sample with the first `from` replaced.
std::string busy_with(std::string_view from, std::string_view to) {
  std::string text = busy();
  const std::size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

std::string offence(std::string_view text) { return validate_json(text).value_or("valid"); }

TEST(SchemaValidator, AcceptsASnapshot) { EXPECT_EQ(offence(busy()), "valid"); }

// R-3-1
TEST(SchemaValidator, AcceptsTheLargestIntegerAndNothingAboveIt) {
  EXPECT_EQ(offence(busy_with("\"pid\":4211", "\"pid\":18446744073709551615")), "valid");
  EXPECT_NE(offence(busy_with("\"pid\":4211", "\"pid\":18446744073709551616")), "valid");
}

// R-3-1
TEST(SchemaValidator, RefusesNegativeAndFloatingNumbers) {
  for (const char* bad : {"-1", "1.0", "1e3", "1.8e19", "-0.0"})
    EXPECT_NE(offence(busy_with("\"pid\":4211", std::string("\"pid\":") + bad)), "valid") << bad;
}

TEST(SchemaValidator, NamesThePathOfAnOffence) {
  const std::string text = offence(busy_with("\"refcount\":0", "\"refcount\":\"none\""));
  EXPECT_NE(text.find("$.epochs[0].refcount: "), text.npos) << text;
}

TEST(SchemaValidator, RefusesAKeyThatStandsTwice) {
  const std::string text = offence(busy_with("\"pid\":4211", "\"pid\":4211,\"pid\":4211"));
  EXPECT_NE(text.find("twice"), text.npos) << text;
}

TEST(SchemaValidator, TheSameKeyInTwoObjectsIsFine) {
  EXPECT_EQ(offence(busy_with("\"pid\":4211", "\"pid\":4211,\"x\":{\"pid\":1,\"y\":{\"pid\":2}}")),
            "valid");
}

TEST(SchemaValidator, RefusesWhatIsNoJsonOrNoUtf8) {
  EXPECT_NE(offence(""), "valid");
  EXPECT_NE(offence("[]"), "valid");
  EXPECT_NE(offence(busy() + "x"), "valid");
  EXPECT_NE(offence(busy_with("checkout", "check\xFFout")), "valid");
}

}  // namespace
}  // namespace temporal_slab::harness
