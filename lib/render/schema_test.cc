#include "render/schema.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "harness/sample_snapshots.h"
#include "harness/schema_validator.h"
#include "render/field_table.h"
#include "render/json.h"

namespace temporal_slab::render {
namespace {

using nlohmann::json;

json busy() { return json::parse(render_json(harness::busy_snapshot())); }

bool is_valid(const json& document) { return !harness::validate_json(document.dump()); }

// The objects that the schema describes, each with the fields it must have.
struct Place {
  std::string pointer;
  std::span<const Field> fields;
};

const std::vector<Place>& places() {
  static const std::vector<Place> all = {{"", kGlobalFields},
                                         {"/classes/7", kClassFields},
                                         {"/epochs/12", kEpochFields},
                                         {"/epochs/12/holders/0", kHolderFields},
                                         {"/abandoned/1", kAbandonedFields},
                                         {"/abandoned/1/holders/0", kHolderFields}};
  return all;
}

TEST(Schema, TheBusySampleIsValid) { EXPECT_TRUE(is_valid(busy())); }

TEST(Schema, EachFieldIsRequired) {
  for (const Place& place : places())
    for (const Field& field : place.fields) {
      json document = busy();
      document[json::json_pointer(place.pointer)].erase(std::string(field.name));
      EXPECT_FALSE(is_valid(document)) << place.pointer << "/" << field.name;
    }
  for (const char* array :
       {"/classes", "/epochs", "/abandoned", "/epochs/12/holders", "/abandoned/1/holders"}) {
    json document = busy();
    const json::json_pointer pointer(array);
    document[pointer.parent_pointer()].erase(pointer.back());
    EXPECT_FALSE(is_valid(document)) << array;
  }
}

bool is_bounded(const Field& field) {
  return field.name == "schema_version" || field.name == "epoch_count" ||
         field.name == "current_epoch" || field.name == "epoch_id";
}

TEST(Schema, IntegersGoUpToTheLargestOfSixtyFourBits) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();
  json document = busy();
  for (const Place& place : places()) {
    std::size_t raised = 0;
    for (const Field& field : place.fields) {
      const json::json_pointer pointer(place.pointer + "/" + std::string(field.name));
      ASSERT_TRUE(document.contains(pointer)) << pointer.to_string();
      if (field.type != FieldType::U64 || is_bounded(field)) continue;
      document[pointer] = kLargest;
      ++raised;
    }
    EXPECT_GT(raised, 0U) << place.pointer;
    ASSERT_TRUE(is_valid(document)) << place.pointer;
  }
  // It is an integer that was judged, to the last digit; the next one is none.
  EXPECT_NE(document.dump().find(":18446744073709551615"), std::string::npos);
  std::string beyond = document.dump();
  beyond.replace(beyond.find("18446744073709551615"), 20, "18446744073709551616");
  EXPECT_TRUE(harness::validate_json(beyond));
}

// Each field is offered one of the bad values in turn, and -1.
TEST(Schema, IntegersAreUnsignedAndNothingElse) {
  const std::vector<json> bad = {json(1.5),  json(1.8446744073709552e19), json("7"), json(nullptr),
                                 json(true), json(json::array())};
  std::size_t turn = 0;
  for (const Place& place : places())
    for (const Field& field : place.fields) {
      if (field.type != FieldType::U64) continue;
      const json::json_pointer pointer(place.pointer + "/" + std::string(field.name));
      json document = busy();
      document[pointer] = -1;
      EXPECT_FALSE(is_valid(document)) << pointer.to_string() << " = -1";
      document[pointer] = bad[turn++ % bad.size()];
      EXPECT_FALSE(is_valid(document)) << pointer.to_string() << " = " << document[pointer];
    }
}

TEST(Schema, TextsAndStatesAreNothingElse) {
  for (const Place& place : places())
    for (const Field& field : place.fields) {
      if (field.type == FieldType::U64) continue;
      const json::json_pointer pointer(place.pointer + "/" + std::string(field.name));
      json document = busy();
      document[pointer] = 7;
      EXPECT_FALSE(is_valid(document)) << pointer.to_string();
      document[pointer] = "DRAINING";
      EXPECT_EQ(is_valid(document), field.type == FieldType::TEXT) << pointer.to_string();
    }
}

// R-3-2
TEST(Schema, FieldsMayBeAddedAtTheTopAndNowhereElse) {
  for (const Place& place : places()) {
    json document = busy();
    document[json::json_pointer(place.pointer)]["new_field"] = 1;
    EXPECT_EQ(is_valid(document), place.pointer.empty()) << place.pointer;
  }
}

TEST(Schema, EpochsAreTwoTo256AndAbandonedRecordsAtMostSixtyFour) {
  json document = busy();
  while (document["epochs"].size() < 256) document["epochs"].push_back(document["epochs"][0]);
  EXPECT_TRUE(is_valid(document));
  document["epochs"].push_back(document["epochs"][0]);
  EXPECT_FALSE(is_valid(document));
  while (document["epochs"].size() > 2) document["epochs"].erase(0);
  EXPECT_TRUE(is_valid(document));
  document["epochs"].erase(0);
  EXPECT_FALSE(is_valid(document));
  document = busy();
  while (document["abandoned"].size() < 64)
    document["abandoned"].push_back(document["abandoned"][0]);
  EXPECT_TRUE(is_valid(document));
  document["abandoned"].push_back(document["abandoned"][0]);
  EXPECT_FALSE(is_valid(document));
}

TEST(Schema, OtherVersionsAndRingsAreRefused) {
  json document = busy();
  document["schema_version"] = 2;
  EXPECT_FALSE(is_valid(document));
  for (const auto& [epochs, good] : {std::pair(1, false), {2, true}, {256, true}, {257, false}}) {
    document = busy();
    document["epoch_count"] = epochs;
    EXPECT_EQ(is_valid(document), good) << epochs;
  }
  for (const char* pointer : {"/current_epoch", "/epochs/3/epoch_id", "/abandoned/1/epoch_id"}) {
    document = busy();
    document[json::json_pointer(pointer)] = 255;
    EXPECT_TRUE(is_valid(document)) << pointer;
    document[json::json_pointer(pointer)] = 256;
    EXPECT_FALSE(is_valid(document)) << pointer;
  }
}

TEST(Schema, IsDraftSevenAndDescribesEachField) {
  const json schema = json::parse(render_schema());
  EXPECT_EQ(schema["$schema"], "http://json-schema.org/draft-07/schema#");
  for (const Field& field : kEpochFields) {
    const json& property = schema["definitions"]["epoch"]["properties"][std::string(field.name)];
    EXPECT_NE(property["description"].get<std::string>().find(field.help), std::string::npos);
  }
}

}  // namespace
}  // namespace temporal_slab::render
