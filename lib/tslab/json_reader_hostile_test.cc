// The JSON reader against texts that are made to break it (R-2.6-3).
#include <gmock/gmock.h>

#include "harness/sample_snapshots.h"
#include "harness/schema_validator.h"
#include "render/json.h"
#include "tslab/json_documents.h"
#include "tslab/json_reader.h"

namespace temporal_slab::tslab {
namespace {

using testing::HasSubstr;

// Every kind of row, and no more of them than it takes: each test reads it often.
std::string small_json() {
  stats::Snapshot snapshot = harness::busy_snapshot();
  snapshot.classes.resize(1);
  snapshot.abandoned.resize(1);
  return render::render_json(snapshot);
}

std::string refusal_of(const std::string& text) {
  stats::Snapshot snapshot;
  const std::vector<Offence> offences = read_json(text, 1, &snapshot);
  return offences.empty() ? "" : to_string(offences.front());
}

// R-2.6-3
TEST(HostileJson, IsRefusedWhereverItIsCutOff) {
  std::string text = small_json();
  text.pop_back();  // the line break: without it the text is whole
  EXPECT_EQ(refusal_of(text), "");
  const std::string ends = ": is no JSON: it ends after ";
  std::size_t ended = 0;
  for (std::size_t length = 0; length < text.size(); ++length) {
    const std::string refusal = refusal_of(text.substr(0, length));
    ASSERT_NE(refusal, "") << length;
    ended += refusal.find(ends + std::to_string(length) + " bytes") != refusal.npos;
  }
  // All but those that cut the number of a row: "epoch_id":1 without its 2.
  EXPECT_EQ(ended, text.size() - 6);
}

// R-2.6-3
TEST(HostileJson, IsEitherRefusedOrASnapshotThatTheSchemaAllows) {
  const std::string text = small_json();
  const std::string bytes("\"{}[],:0-e.\\ \0\x80x", 17);
  std::size_t accepted = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = bytes[at * 7 % bytes.size()];
    stats::Snapshot snapshot;
    if (!read_json(changed, 1, &snapshot).empty()) continue;
    ++accepted;
    // The schema is slow: it is asked about a part of them.
    if (accepted % 16 == 0) {
      ASSERT_TRUE(harness::is_valid_snapshot_json(changed)) << at;
    }
    const std::string written = render::render_json(snapshot);
    ASSERT_EQ(refusal_of(written), "") << at;
  }
  EXPECT_GT(accepted, 100u);
}

// R-2.6-3
TEST(HostileJson, IsRefusedWhenATokenIsTakenOutOrDoubled) {
  const std::string text = render::render_json(harness::busy_snapshot());
  // None of these stands in a text of the snapshot.
  for (const std::string token : {"{", "}", "[", "]", ",\"", "\":"})
    for (std::size_t at = text.find(token); at != text.npos; at = text.find(token, at + 97)) {
      std::string without = text;
      ASSERT_NE(refusal_of(without.erase(at, 1)), "") << token << at;
      std::string twice = text;
      ASSERT_NE(refusal_of(twice.insert(at, token)), "") << token << at;
    }
}

// R-2.6-3
TEST(HostileJson, IsRefusedWhenItIsNestedTooDeep) {
  const auto nested = [](std::size_t depth) {
    return "{\"new\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(refusal_of(nested(kMostJsonDepth - 1)), "$.schema_version: is missing");
  EXPECT_EQ(refusal_of(nested(kMostJsonDepth)), "$.new: is nested deeper than 32");
  EXPECT_EQ(refusal_of("{\"new\":" + std::string(1'000'000, '[')),
            "$.new: is nested deeper than 32");
  std::string objects = "{\"new\":";
  for (int i = 0; i < 100; ++i) objects += "{\"a\":";
  EXPECT_EQ(refusal_of(objects), "$.new: is nested deeper than 32");
}

// R-2.6-3
TEST(HostileJson, IsRefusedAtOnceAboveItsLargestSize) {
  EXPECT_EQ(refusal_of(std::string(100'000'000, '[')), "$: is longer than 4194304 bytes");
  EXPECT_EQ(
      refusal_of(render::render_json(harness::fresh_snapshot()) + std::string(kMostJsonBytes, ' ')),
      "$: is longer than 4194304 bytes");
}

// R-2.6-3
TEST(HostileJson, WithANulByteIsRefusedAlsoAfterTheEnd) {
  const std::string text = render::render_json(harness::fresh_snapshot());
  EXPECT_EQ(refusal_of(text + '\0'), "$: is no JSON at byte " + std::to_string(text.size() + 1));
  EXPECT_EQ(refusal_of(std::string(1, '\0') + text), "$: is no JSON at byte 1");
}

// R-2.6-3
TEST(HostileJson, WithMoreAfterTheEndIsRefused) {
  const std::string text = render::render_json(harness::fresh_snapshot());
  for (const char* more : {"{}", "x", "]", ",", "\"", "null"})
    EXPECT_THAT(refusal_of(text + more), HasSubstr("is no JSON")) << more;
}

// R-2.6-3
TEST(HostileJson, WithBytesThatAreNoUtf8IsRefused) {
  const std::string text = render::render_json(harness::fresh_snapshot());
  for (const char* bytes : {"\x80", "\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xF0\x9F\x98", "\\ud800",
                            "\\u12", "\\x41", "\x1F", "\n"}) {
    std::string changed = text;
    changed.replace(changed.find("checkout"), 8, bytes);
    EXPECT_EQ(refusal_of(changed).find("$.process: is no JSON"), 0u) << refusal_of(changed);
  }
}

// R-2.6-3
TEST(HostileJson, OfManyRowsIsGivenUpAfterTheOffencesAskedFor) {
  std::string text = "{\"classes\":[";
  while (text.size() < kMostJsonBytes - 3) text += "{},";
  stats::Snapshot snapshot;
  EXPECT_EQ(read_json(text, 100, &snapshot).size(), 100u);
}

}  // namespace
}  // namespace temporal_slab::tslab
