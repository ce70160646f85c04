// Laws of single functions: what holds for any argument.
#include <gtest/gtest.h>
#include <rapidcheck/Assertions.h>
#include <rapidcheck/gen/Arbitrary.h>
#include <rapidcheck/gen/Numeric.h>
#include <rapidcheck/gen/Select.h>

#include <algorithm>
#include <sstream>

#include "base/utf8.h"
#include "harness/model/label.h"
#include "harness/schema_validator.h"
#include "memory/handle.h"
#include "memory/size_class.h"
#include "memory/slab.h"
#include "properties/draw_snapshot.h"
#include "properties/reproduce.h"
#include "render/json.h"
#include "render/table.h"
#include "render/text.h"
#include "tslab/json_reader.h"

namespace temporal_slab::properties {
namespace {

constexpr int kCases = 2000;

// R-2.1-1
TEST(Laws, TheSmallestClassThatFitsIsTaken) {
  check(test_name(), kCases, [] {
    const auto size =
        *rc::gen::inRange<std::size_t>(1, *rc::gen::element<std::size_t>(769, 33'000, 1 << 24));
    RC_ASSERT(memory::class_of(size) == harness::model::class_for(size));
    RC_ASSERT(std::uint64_t{memory::slab_pages_for(size)} * memory::kPageBytes ==
              harness::model::slab_bytes_for(size));
  });
}

// R-2.4-1
TEST(Laws, LabelsAreReplacedAndCutAsTheModelSays) {
  check(test_name(), kCases, [] {
    const std::string text = some_text();
    const auto capacity = *rc::gen::inRange<std::size_t>(1, 64);
    char out[64];
    const std::size_t length = base::sanitize_utf8(text, out, capacity);
    const std::string_view clean(out, length);
    RC_ASSERT(clean == harness::model::clean_label(text, capacity - 1));
    RC_ASSERT(out[length] == '\0');
    RC_ASSERT(base::is_well_formed_utf8(clean));
    RC_ASSERT(base::is_well_formed_utf8(text) == harness::model::is_utf8(text));
  });
}

// R-2.1-4
TEST(Laws, HandlesUnpackToWhatWasPacked) {
  check(test_name(), kCases, [] {
    const auto bits = *rc::gen::arbitrary<std::uint64_t>();
    const auto handle = memory::Handle::unpack(bits);
    RC_ASSERT(handle.pack() == bits);
    const memory::SlotWord word(handle.generation, memory::SlotState::kFree);
    RC_ASSERT(memory::Handle::pack(handle.granule, handle.slot, word.bits()) == bits);
    RC_ASSERT(handle.slot < memory::kMaxSlots);
    RC_ASSERT(handle.generation <= memory::kMaxGeneration);
  });
}

// R-3-6 R-3-1
TEST(Laws, JsonReadsBackAsTheSnapshotItWas) {
  check(test_name(), 200, [] {
    stats::Snapshot snapshot = some_snapshot();
    snapshot.invalid_frees = *rc::gen::arbitrary<std::uint64_t>();
    const std::string json = render::render_json(snapshot);
    stats::Snapshot read;
    RC_ASSERT(tslab::read_json(json, 1, &read).empty());
    RC_ASSERT(read.invalid_frees == snapshot.invalid_frees);
    RC_ASSERT(render::render_json(read) == json);
    for (std::size_t i = 0; i < snapshot.epochs.size(); ++i)
      RC_ASSERT(read.epochs[i].label == snapshot.epochs[i].label);
  });
}

// R-3-6
TEST(Laws, JsonIsValidAgainstTheSchema) {
  check(test_name(), 10, [] {
    const std::string json = render::render_json(some_snapshot());
    const auto offences = harness::validate_json(json);
    if (offences) RC_FAIL(*offences);
  });
}

// The bytes that "\xNN" stand for.
std::string decode_terminal(std::string_view shown) {
  std::string bytes;
  while (!shown.empty()) {
    if (shown.size() >= 4 && shown.substr(0, 2) == "\\x") {
      bytes += static_cast<char>(std::stoi(std::string(shown.substr(2, 2)), nullptr, 16));
      shown.remove_prefix(4);
    } else {
      bytes += shown.front();
      shown.remove_prefix(1);
    }
  }
  return bytes;
}

TEST(Laws, TerminalTextIsSafeAndDecodesBack) {
  check(test_name(), kCases, [] {
    std::string text = some_text();
    std::replace(text.begin(), text.end(), '\\', '/');
    std::string shown;
    render::append_terminal_safe(shown, text);
    RC_ASSERT(decode_terminal(shown) == text);
    for (std::string_view rest = shown; !rest.empty();) {
      const auto character = base::decode_utf8(rest);
      RC_ASSERT(character.well_formed);
      RC_ASSERT(!render::disturbs_terminal(character.code_point));
      rest.remove_prefix(character.length);
    }
  });
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Laws, RankingsAreSortedAndTiesGoById) {
  check(test_name(), 500, [] {
    stats::Snapshot snapshot = some_snapshot();
    for (stats::EpochRow& row : snapshot.epochs)
      row.refcount = *rc::gen::inRange<std::uint64_t>(0, 4);
    render::TopOptions options;
    options.rows = *rc::gen::inRange<std::size_t>(1, 20);
    options.ascending = *rc::gen::arbitrary<bool>();
    const render::EpochKey key{"refcount", &stats::EpochRow::refcount};
    const auto lines = lines_of(render::render_top_epochs(snapshot, key, options));
    RC_ASSERT(lines.size() == 2 + std::min<std::size_t>(options.rows, 16));
    std::vector<std::uint64_t> order;
    for (std::uint64_t i = 0; i < 16; ++i) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](auto x, auto y) {
      const std::uint64_t a = snapshot.epochs[x].refcount;
      const std::uint64_t b = snapshot.epochs[y].refcount;
      return options.ascending ? a < b : b < a;
    });
    for (std::size_t i = 2; i < lines.size(); ++i) RC_ASSERT(std::stoull(lines[i]) == order[i - 2]);
  });
}

TEST(Laws, RankingsAreAligned) {
  check(test_name(), 500, [] {
    const auto lines =
        lines_of(render::render_top_epochs(some_snapshot(), render::kEpochKeys[0], {16, false}));
    for (std::size_t i = 1; i < lines.size(); ++i) {
      RC_ASSERT(!lines[i].ends_with(' '));
      // Widths 8 10 8 10 10 12, one blank between: the last column is the label.
      for (const std::size_t start : {9u, 20u, 29u, 40u, 51u}) {
        RC_ASSERT(lines[i][start - 1] == ' ');
        RC_ASSERT(lines[i][start] != ' ');
      }
    }
  });
}

}  // namespace
}  // namespace temporal_slab::properties
