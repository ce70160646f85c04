#include "render/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <span>

#include "base/utf8.h"
#include "harness/sample_snapshots.h"
#include "harness/schema_validator.h"
#include "render/field_table.h"
#include "render/text.h"
#include "render/visit_fields.h"

namespace temporal_slab::render {
namespace {

using Json = nlohmann::ordered_json;

Json parsed(const stats::Snapshot& snapshot) { return Json::parse(render_json(snapshot)); }

std::vector<std::string> names(std::span<const Field> fields, std::vector<std::string> arrays) {
  std::vector<std::string> all;
  for (const Field& field : fields) all.emplace_back(field.name);
  all.insert(all.end(), arrays.begin(), arrays.end());
  return all;
}

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> all;
  for (const auto& item : object.items()) all.push_back(item.key());
  return all;
}

// Gives each field a value of its own.
template <typename Row>
void number_fields(Row& row, std::uint64_t& next) {
  visit_fields(row, [&next](std::string_view name, auto& value) {
    using Value = std::remove_reference_t<decltype(value)>;
    ++next;
    if constexpr (std::is_same_v<Value, std::uint64_t>)
      value = (std::uint64_t{1} << 63) + next;
    else if constexpr (std::is_same_v<Value, std::string>)
      value = std::string(name) + std::to_string(next);
    else
      value = stats::EpochState::kClosing;
  });
}

template <typename Row>
void expect_fields(const Json& object, const Row& row) {
  visit_fields(row, [&object](std::string_view name, const auto& value) {
    using Value = std::remove_cvref_t<decltype(value)>;
    const Json& found = object.at(std::string(name));
    if constexpr (std::is_same_v<Value, stats::EpochState>)
      EXPECT_EQ(found.template get<std::string>(), state_name(value));
    else
      EXPECT_EQ(found.template get<Value>(), value) << name;
  });
}

TEST(Json, EveryFieldArrivesUnderItsNameWithItsValue) {
  stats::Snapshot s = harness::busy_snapshot();
  std::uint64_t next = 0;
  number_fields(s, next);
  for (auto& row : s.classes) number_fields(row, next);
  for (auto& row : s.epochs) {
    row.holders.resize(2);
    number_fields(row, next);
    for (auto& holder : row.holders) number_fields(holder, next);
  }
  for (auto& row : s.abandoned) {
    number_fields(row, next);
    for (auto& holder : row.holders) number_fields(holder, next);
  }
  const Json json = parsed(s);
  expect_fields(json, s);
  for (std::size_t i = 0; i < s.classes.size(); ++i)
    expect_fields(json["classes"][i], s.classes[i]);
  for (std::size_t i = 0; i < s.epochs.size(); ++i) {
    expect_fields(json["epochs"][i], s.epochs[i]);
    for (std::size_t k = 0; k < 2; ++k)
      expect_fields(json["epochs"][i]["holders"][k], s.epochs[i].holders[k]);
  }
  for (std::size_t i = 0; i < s.abandoned.size(); ++i) {
    expect_fields(json["abandoned"][i], s.abandoned[i]);
    expect_fields(json["abandoned"][i]["holders"][0], s.abandoned[i].holders[0]);
  }
}

TEST(Json, KeysStandInTheOrderOfTheTable) {
  const Json json = parsed(harness::busy_snapshot());
  EXPECT_EQ(keys(json), names(kGlobalFields, {"classes", "epochs", "abandoned"}));
  EXPECT_EQ(keys(json["classes"][0]), names(kClassFields, {}));
  EXPECT_EQ(keys(json["epochs"][12]), names(kEpochFields, {"holders"}));
  EXPECT_EQ(keys(json["abandoned"][0]), names(kAbandonedFields, {"holders"}));
  EXPECT_EQ(keys(json["epochs"][12]["holders"][0]), names(kHolderFields, {}));
}

TEST(Json, IsOneCompactLine) {
  const std::string text = render_json(harness::hostile_snapshot());
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const Json json = parsed(harness::busy_snapshot());
  EXPECT_EQ(render_json(harness::busy_snapshot()), json.dump() + "\n");
}

// R-3-1
TEST(Json, IntegersThatADoubleCannotHoldAreExact) {
  stats::Snapshot s = harness::fresh_snapshot();
  s.timestamp_ns = (std::uint64_t{1} << 53) + 1;
  s.total_allocs = std::numeric_limits<std::uint64_t>::max();
  const std::string text = render_json(s);
  EXPECT_NE(text.find("\"timestamp_ns\":9007199254740993,"), text.npos);
  EXPECT_NE(text.find("\"total_allocs\":18446744073709551615,"), text.npos);
}

// R-3-2
TEST(Json, TheFieldsFixedForEverAreInEachEpochRow) {
  const Json json = parsed(harness::busy_snapshot());
  ASSERT_EQ(json["epochs"].size(), 16u);
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(json["epochs"][i]["epoch_id"], i);
    for (const char* name :
         {"epoch_id", "epoch_era", "state", "age_sec", "refcount", "label", "total_partial_slabs",
          "total_full_slabs", "total_reclaimable_slabs", "estimated_rss_bytes"})
      EXPECT_TRUE(json["epochs"][i].contains(name)) << name;
  }
}

// R-3-6
TEST(Json, EverySampleIsValidAgainstTheSchema) {
  for (const auto& sample : {harness::fresh_snapshot(), harness::busy_snapshot(),
                             harness::hostile_snapshot(), harness::largest_snapshot()})
    EXPECT_TRUE(harness::is_valid_snapshot_json(render_json(sample)));
}

// R-3-6
TEST(Json, ALabelOfAnyTwoBytesIsValidAndReadsBackAsItsSanitizedForm) {
  for (std::uint32_t value = 0; value < 1u << 16; ++value) {
    const std::string in = {static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)};
    std::string text;
    append_json_string(text, in);
    const std::string back = Json::parse(text).get<std::string>();
    if (in.find('\0') != in.npos) continue;  // as C strings the two cannot be compared
    char expected[16];
    base::sanitize_utf8(in, expected, sizeof expected);
    ASSERT_EQ(back, expected) << text;
  }
}

// R-3-6
TEST(Json, HostileTextsReadBackAsThemselves) {
  const stats::Snapshot s = harness::hostile_snapshot();
  const Json json = parsed(s);
  for (std::size_t i = 0; i < s.epochs.size(); ++i) {
    if (!base::is_well_formed_utf8(s.epochs[i].label)) continue;
    EXPECT_EQ(json["epochs"][i]["label"].get<std::string>(), s.epochs[i].label);
    EXPECT_EQ(json["epochs"][i]["refcount"], 1);
  }
}

}  // namespace
}  // namespace temporal_slab::render
