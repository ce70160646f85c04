// Prometheus text, both ways. Bytes as the texts and figures of a snapshot: what is rendered must
// be read by our own strict parser and lead back to just these (section 5). And bytes as an
// exposition: what the parser takes, it must take again, and alike, when it is printed from what it
// read.
#include <algorithm>
#include <map>
#include <string>

#include "fuzz/input.h"
#include "fuzz/require.h"
#include "harness/exposition_parser.h"
#include "harness/model/label.h"
#include "render/findings.h"
#include "render/prometheus.h"
#include "render/visit_fields.h"

namespace temporal_slab::fuzz {
namespace {

using harness::ExpositionLabels;
using Families = std::map<std::string, harness::ExpositionFamily>;

constexpr std::size_t kMostText = 48;  // longer than a label may be
constexpr std::size_t kMostBytes = std::size_t{1} << 16;

std::string text_from(Input& input) {
  return harness::model::clean_label(input.bytes(input.byte() % kMostText));
}

// Small, or near the largest, or any.
std::uint64_t figure_from(Input& input) {
  const std::uint8_t kind = input.byte();
  if (kind < 160) return kind;
  return kind < 192 ? ~std::uint64_t{0} - kind : input.word();
}

template <typename Row>
void fill(Row& row, Input& input) {
  render::visit_fields(row, [&](std::string_view, auto& member) {
    using Member = std::remove_reference_t<decltype(member)>;
    if constexpr (std::is_same_v<Member, std::string>) {
      member = text_from(input);
    } else if constexpr (std::is_same_v<Member, std::uint64_t>) {
      member = figure_from(input);
    } else {
      member = static_cast<Member>(input.byte() & 1);
    }
  });
}

stats::Snapshot snapshot_from(Input& input) {
  stats::Snapshot snapshot;
  fill(snapshot, input);
  for (std::uint64_t i = 0; i < 1 + input.byte() % 3u; ++i) {
    fill(snapshot.classes.emplace_back(), input);
    snapshot.classes.back().class_index = i;
  }
  for (std::uint64_t i = 0; i < 1 + input.byte() % 4u; ++i) {
    fill(snapshot.epochs.emplace_back(), input);
    snapshot.epochs.back().epoch_id = i;
  }
  return snapshot;
}

Families read(const std::string& text) {
  Families families;
  const auto offence = harness::parse_exposition(text, &families);
  require(!offence.has_value(), "what is rendered is strict Prometheus text",
          offence.value_or("") + "\n" + text);
  return families;
}

// The sample of a family with these labels, and the allocator's where it has a name.
void expect(const Families& families, const std::string& family, ExpositionLabels labels,
            const stats::Snapshot& snapshot, std::uint64_t value) {
  if (!snapshot.allocator.empty()) labels["allocator"] = snapshot.allocator;
  const auto found = families.find("temporal_slab_" + family);
  require(found != families.end(), "every figure has a family", family);
  const auto sample = found->second.samples.find(labels);
  require(sample != found->second.samples.end(), "labels lead back to the texts", family);
  require(sample->second == std::to_string(value), "a value keeps every digit", sample->second);
}

void check_rendering(Input& input) {
  const stats::Snapshot snapshot = snapshot_from(input);
  for (const auto series : {render::EpochSeries::kEpoch, render::EpochSeries::kSlot}) {
    const Families families = read(render::render_prometheus(snapshot, {.series = series}));
    expect(families, "total_allocs_total", {}, snapshot, snapshot.total_allocs);
    expect(families, "net_slabs", {}, snapshot, snapshot.net_slabs);
    for (const stats::ClassRow& row : snapshot.classes) {
      const ExpositionLabels labels = {{"class", std::to_string(row.class_index)},
                                       {"object_size", std::to_string(row.object_size)}};
      expect(families, "class_allocs_total", labels, snapshot, row.allocs);
      expect(families, "class_live_bytes", labels, snapshot, row.live_bytes);
    }
    for (const stats::EpochRow& row : snapshot.epochs) {
      ExpositionLabels labels = {{"epoch", std::to_string(row.epoch_id)}};
      const bool of_slot = series == render::EpochSeries::kSlot;
      ExpositionLabels whole = labels;
      whole["era"] = std::to_string(row.epoch_era);
      whole["state"] = row.state == stats::EpochState::kActive ? "ACTIVE" : "CLOSING";
      expect(families, "epoch_refcount", of_slot ? labels : whole, snapshot, row.refcount);
      expect(families, "epoch_age_seconds", of_slot ? labels : whole, snapshot, row.age_sec);
      whole["label"] = row.label;
      // By slot it is there for what leaks.
      if (!of_slot || render::leaks_references(row, 300) || render::leaks_objects(row, 300))
        expect(families, "epoch_info", whole, snapshot, 1);
    }
  }
}

std::string escaped(std::string_view text, bool quoted) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && quoted)
      out += "\\\"";
    else
      out += c;
  }
  return out;
}

std::string print(const Families& families) {
  std::string out;
  for (const auto& [name, family] : families) {
    out += "# HELP " + name + " " + escaped(family.help, false) + "\n";
    out += "# TYPE " + name + " " + family.type + "\n";
    for (const auto& [labels, value] : family.samples) {
      out += name;
      char before = '{';
      for (const auto& [label, text] : labels) {
        out += before + label + "=\"" + escaped(text, true) + "\"";
        before = ',';
      }
      out += (labels.empty() ? " " : "} ") + value + "\n";
    }
  }
  return out;
}

bool same(const harness::ExpositionFamily& a, const harness::ExpositionFamily& b) {
  return a.name == b.name && a.help == b.help && a.type == b.type && a.samples == b.samples;
}

void check_parser(std::string_view text) {
  Families families;
  if (harness::parse_exposition(text, &families).has_value()) return;
  const std::string printed = print(families);
  const Families again = read(printed);
  require(std::equal(families.begin(), families.end(), again.begin(), again.end(),
                     [](const auto& a, const auto& b) { return same(a.second, b.second); }),
          "what was taken is taken again, and alike", printed);
}

}  // namespace
}  // namespace temporal_slab::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace temporal_slab::fuzz;
  Input input(data, std::min(size, kMostBytes));
  if (input.byte() == '#') {
    // A whole exposition begins with a comment.
    check_parser({reinterpret_cast<const char*>(data), std::min(size, kMostBytes)});
  } else {
    check_rendering(input);
  }
  return 0;
}
