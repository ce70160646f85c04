#include "tslab/json_reader.h"

#include <gmock/gmock.h>

#include "harness/sample_snapshots.h"
#include "render/json.h"
#include "tslab/json_documents.h"

namespace temporal_slab::tslab {
namespace {

using testing::ElementsAre;

constexpr const char* kWhole = "must be a whole number from 0 to 18446744073709551615";

// What is wrong with a text, one line each.
std::vector<std::string> offences_of(const std::string& text, std::size_t most = 100) {
  stats::Snapshot snapshot;
  std::vector<std::string> lines;
  for (const Offence& offence : read_json(text, most, &snapshot))
    lines.push_back(to_string(offence));
  return lines;
}

// The busy snapshot with the first `from` in it replaced.
std::string busy_with(const std::string& from, const std::string& to) {
  std::string text = render::render_json(harness::busy_snapshot());
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// The same in the row of epoch 0, whose era is 144.
std::string busy_epoch_with(const std::string& from, const std::string& to) {
  const std::string era =
      "\"epoch_era\":144,\"state\":\"CLOSING\",\"age_sec\":376,\"closing_since_sec\":315,"
      "\"refcount\":0";
  std::string fields = era;
  const std::size_t at = fields.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return busy_with(era, fields.replace(at, from.size(), to));
}

// R-3-1
TEST(JsonReader, GivesBackWhatTheRendererWrote) {
  for (const stats::Snapshot& sample : {harness::fresh_snapshot(), harness::busy_snapshot(),
                                        harness::hostile_snapshot(), harness::largest_snapshot()}) {
    const std::string text = render::render_json(sample);
    stats::Snapshot read;
    ASSERT_TRUE(read_json(text, 1, &read).empty());
    EXPECT_EQ(render::render_json(read), text);
  }
}

TEST(JsonReader, TakesFieldsInAnyOrderAndWithBlanks) {
  std::string text = render::render_json(harness::fresh_snapshot());
  const std::string first = "\"schema_version\":1,";
  text.erase(text.find(first), first.size());
  text.insert(text.rfind('}'), " ,\r\n\t\"schema_version\" : 1 ");
  EXPECT_THAT(offences_of(text), ElementsAre());
}

// R-3-2
TEST(JsonReader, PassesOverUnknownFieldsOfTheTopLevelAlone) {
  EXPECT_THAT(offences_of(busy_with("\"pid\"", "\"new\":[{\"pid\":[1.5,null]},\"x\"],\"pid\"")),
              ElementsAre());
  EXPECT_THAT(offences_of(busy_epoch_with("\"state\"", "\"new\":{\"a\":[]},\"state\"")),
              ElementsAre("$.epochs[0].new: is an unknown field"));
  EXPECT_THAT(offences_of(busy_with("\"class_index\"", "\"new\":1,\"class_index\"")),
              ElementsAre("$.classes[0].new: is an unknown field"));
  EXPECT_THAT(offences_of(busy_with("\"tid\"", "\"new\":1,\"tid\"")),
              ElementsAre("$.epochs[12].holders[0].new: is an unknown field"));
}

TEST(JsonReader, MissesEachFieldThatIsNotThere) {
  EXPECT_THAT(offences_of(busy_with("\"pid\":4211,", "")), ElementsAre("$.pid: is missing"));
  EXPECT_THAT(offences_of(busy_epoch_with("\"state\":\"CLOSING\",", "")),
              ElementsAre("$.epochs[0].state: is missing"));
  EXPECT_THAT(offences_of(busy_with(",\"holders\":[]}", "}")),
              ElementsAre("$.epochs[0].holders: is missing"));
  EXPECT_EQ(offences_of("{}").size(), 42u);
}

TEST(JsonReader, RefusesAFieldThatStandsTwice) {
  EXPECT_THAT(offences_of(busy_with("\"pid\"", "\"pid\":1,\"pid\"")),
              ElementsAre("$.pid: stands twice"));
  EXPECT_THAT(offences_of(busy_with("\"epochs\":[", "\"epochs\":[],\"epochs\":[")),
              ElementsAre("$.epochs: has 0 entries, must have 2 to 256", "$.epochs: stands twice"));
}

// R-3-1
TEST(JsonReader, TakesWholeNumbersAlone) {
  for (const char* number : {"1.0", "1e3", "0.5", "-1", "-0", "-0.0", "18446744073709551616",
                             "-9223372036854775809", "true", "null"})
    EXPECT_THAT(
        offences_of(busy_epoch_with("\"refcount\":0", std::string("\"refcount\":") + number)),
        ElementsAre(std::string("$.epochs[0].refcount: is ") + number + ", " + kWhole));
  EXPECT_THAT(offences_of(busy_epoch_with("\"refcount\":0", "\"refcount\":\"0\"")),
              ElementsAre(std::string("$.epochs[0].refcount: is a text, ") + kWhole));
  EXPECT_THAT(offences_of(busy_epoch_with("\"refcount\":0", "\"refcount\":[0]")),
              ElementsAre(std::string("$.epochs[0].refcount: is an array, ") + kWhole));
  EXPECT_THAT(offences_of(busy_epoch_with("\"refcount\":0", "\"refcount\":{\"a\":0}")),
              ElementsAre(std::string("$.epochs[0].refcount: is an object, ") + kWhole));
  EXPECT_THAT(offences_of(busy_epoch_with("\"refcount\":0", "\"refcount\":18446744073709551615")),
              ElementsAre());
}

// R-2.6-3
TEST(JsonReader, RefusesGiantNumbers) {
  EXPECT_THAT(
      offences_of(busy_epoch_with("\"refcount\":0", "\"refcount\":" + std::string(1'000'000, '9'))),
      ElementsAre(std::string("$.epochs[0].refcount: is too large, ") + kWhole));
  EXPECT_THAT(offences_of(busy_epoch_with("\"refcount\":0", "\"refcount\":1e999999999")),
              ElementsAre(std::string("$.epochs[0].refcount: is too large, ") + kWhole));
  const std::string small = "0." + std::string(1'000'000, '0') + "1";
  EXPECT_THAT(offences_of(busy_epoch_with("\"refcount\":0", "\"refcount\":" + small)),
              ElementsAre("$.epochs[0].refcount: is " + small.substr(0, 64) + "..., " + kWhole));
}

TEST(JsonReader, TakesTextsAndStatesWhereTheyStand) {
  EXPECT_THAT(offences_of(busy_with("\"process\":\"checkout\"", "\"process\":7")),
              ElementsAre("$.process: is 7, must be a text"));
  EXPECT_THAT(offences_of(busy_epoch_with("\"CLOSING\"", "\"closing\"")),
              ElementsAre("$.epochs[0].state: is \"closing\", must be \"ACTIVE\" or \"CLOSING\""));
  EXPECT_THAT(offences_of(busy_epoch_with("\"CLOSING\"", "1")),
              ElementsAre("$.epochs[0].state: is 1, must be \"ACTIVE\" or \"CLOSING\""));
  EXPECT_THAT(offences_of(busy_epoch_with("\"CLOSING\"", "\"" + std::string(999, 'x') + "\"")),
              ElementsAre("$.epochs[0].state: is \"" + std::string(64, 'x') +
                          "...\", must be \"ACTIVE\" or \"CLOSING\""));
}

TEST(JsonReader, TakesObjectsAndArraysWhereTheyStand) {
  EXPECT_THAT(offences_of("5"), ElementsAre("$: is 5, must be an object"));
  EXPECT_THAT(offences_of("[{}]"), ElementsAre("$: is an array, must be an object"));
  EXPECT_THAT(offences_of(busy_with("\"abandoned\":[", "\"abandoned\":[7,[8],\"x\",")),
              ElementsAre("$.abandoned[0]: is 7, must be an object",
                          "$.abandoned[1]: is an array, must be an object",
                          "$.abandoned[2]: is a text, must be an object"));
  EXPECT_THAT(offences_of(busy_with("\"holders\":[]", "\"holders\":{}")),
              ElementsAre("$.epochs[0].holders: is an object, must be an array"));
  EXPECT_THAT(offences_of(busy_with("\"holders\":[]", "\"holders\":null")),
              ElementsAre("$.epochs[0].holders: is null, must be an array"));
}

TEST(JsonReader, WantsSixteenEpochsInOrder) {
  stats::Snapshot snapshot = harness::busy_snapshot();
  std::swap(snapshot.epochs[3], snapshot.epochs[4]);
  EXPECT_THAT(offences_of(render::render_json(snapshot)),
              ElementsAre("$.epochs[3].epoch_id: is 4, must be 3",
                          "$.epochs[4].epoch_id: is 3, must be 4"));
  snapshot = harness::busy_snapshot();
  snapshot.epochs[5].epoch_id = 4;
  EXPECT_THAT(offences_of(render::render_json(snapshot)),
              ElementsAre("$.epochs[5].epoch_id: is 4, must be 5"));
  snapshot = harness::busy_snapshot();
  snapshot.epochs.pop_back();
  EXPECT_THAT(offences_of(render::render_json(snapshot)),
              ElementsAre("$.epoch_count: is 16, must be 15: so many entries has $.epochs"));
  snapshot = harness::busy_snapshot();
  snapshot.epochs.push_back(snapshot.epochs.back());
  snapshot.epochs.back().epoch_id = 16;
  EXPECT_THAT(offences_of(render::render_json(snapshot)),
              ElementsAre("$.epoch_count: is 16, must be 17: so many entries has $.epochs"));
}

TEST(JsonReader, WantsWhatTheFormatFixes) {
  EXPECT_THAT(offences_of(busy_with("\"schema_version\":1", "\"schema_version\":2")),
              ElementsAre("$.schema_version: is 2, must be 1"));
  EXPECT_THAT(offences_of(busy_with("\"epoch_count\":16", "\"epoch_count\":17")),
              ElementsAre("$.epoch_count: is 17, must be 16: so many entries has $.epochs"));
  EXPECT_THAT(offences_of(busy_with("\"class_index\":1", "\"class_index\":0")),
              ElementsAre("$.classes[1].class_index: is 0, must be 1"));
  stats::Snapshot snapshot = harness::busy_snapshot();
  snapshot.abandoned.resize(64, snapshot.abandoned[0]);
  EXPECT_THAT(offences_of(render::render_json(snapshot)), ElementsAre());
  snapshot.abandoned.resize(65, snapshot.abandoned[0]);
  EXPECT_THAT(offences_of(render::render_json(snapshot)),
              ElementsAre("$.abandoned: has 65 entries, must have at most 64"));
}

TEST(JsonReader, ListsNoMoreThanItIsAskedFor) {
  for (const std::size_t most : {1u, 2u, 35u}) EXPECT_EQ(offences_of("{}", most).size(), most);
  EXPECT_EQ(offences_of("{\"epochs\":[1,2,3,4,5,6", 4).size(), 4u);
}

TEST(JsonReader, LeavesTheSnapshotAloneWhenItRefuses) {
  stats::Snapshot snapshot;
  snapshot.pid = 99;
  EXPECT_FALSE(read_json(busy_epoch_with("\"CLOSING\"", "7"), 1, &snapshot).empty());
  EXPECT_EQ(snapshot.pid, 99u);
  EXPECT_TRUE(snapshot.epochs.empty());
}

TEST(JsonReader, CutsNamesOfUnknownFields) {
  EXPECT_THAT(
      offences_of(busy_epoch_with("\"state\"", "\"" + std::string(9999, 'n') + "\":1,\"state\"")),
      ElementsAre("$.epochs[0]." + std::string(64, 'n') + "...: is an unknown field"));
}

}  // namespace
}  // namespace temporal_slab::tslab
