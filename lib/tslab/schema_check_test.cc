#include "tslab/schema_check.h"

#include <gmock/gmock.h>

#include "harness/golden.h"
#include "harness/sample_snapshots.h"
#include "render/json.h"
#include "render/schema.h"

namespace temporal_slab::tslab {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string busy_with(const std::string& from, const std::string& to) {
  return replaced(render::render_json(harness::busy_snapshot()), from, to);
}

std::vector<std::string> paths(const std::vector<Offence>& offences) {
  std::vector<std::string> list;
  for (const Offence& offence : offences) list.push_back(offence.path);
  return list;
}

// R-3-6
TEST(SchemaCheck, LetsEverySamplePass) {
  for (const stats::Snapshot& sample : {harness::fresh_snapshot(), harness::busy_snapshot(),
                                        harness::hostile_snapshot(), harness::largest_snapshot()})
    EXPECT_TRUE(check_snapshot(render::render_json(sample), 10).empty());
}

TEST(SchemaCheck, UsesTheSchemaThatThePublicHas) {
  EXPECT_TRUE(harness::matches_source_file("schemas/stats_v1.schema.json", render::render_schema(),
                                           "ci/generate"));
}

TEST(SchemaCheck, GivesThePathOfWhatTheSchemaRefuses) {
  EXPECT_THAT(paths(check_schema(busy_with("\"CLOSING\"", "\"OPEN\""), 10)),
              testing::Contains("$.epochs[0].state"));
  EXPECT_THAT(paths(check_schema(busy_with("\"tid\":4217", "\"tid\":-1"), 10)),
              testing::Contains("$.epochs[12].holders[0].tid"));
  EXPECT_THAT(paths(check_schema(busy_with("\"pid\":4211,", ""), 10)), testing::Contains("$"));
  EXPECT_EQ(check_schema("{}", 3).size(), 3u);
}

TEST(SchemaCheck, RefusesAlsoWhatASchemaCannotSay) {
  const std::string twice = busy_with("\"pid\"", "\"pid\":1,\"pid\"");
  EXPECT_TRUE(check_schema(twice, 10).empty());
  EXPECT_THAT(paths(check_snapshot(twice, 10)), testing::ElementsAre("$.pid"));
  const std::string order = busy_with("\"epoch_id\":1,", "\"epoch_id\":2,");
  EXPECT_TRUE(check_schema(order, 10).empty());
  EXPECT_THAT(paths(check_snapshot(order, 10)), testing::ElementsAre("$.epochs[1].epoch_id"));
}

}  // namespace
}  // namespace temporal_slab::tslab
