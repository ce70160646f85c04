// Any bytes as the label of an epoch and as the name of an allocator (R-2.4-1): each must become
// what the rule says, and JSON and the terminal table must lead back to exactly that (R-3-6).
#include <temporal_slab/slab_alloc.h>

#include <string>

#include "capi/border.h"
#include "fuzz/input.h"
#include "fuzz/label_rule.h"
#include "fuzz/require.h"
#include "fuzz/strict_json.h"
#include "harness/model/label.h"
#include "render/json.h"
#include "render/table.h"
#include "stats/segment_reader.h"

namespace temporal_slab::fuzz {
namespace {

using harness::model::clean_label;

stats::Snapshot snapshot_of(SlabAllocator* allocator) {
  stats::Snapshot snapshot;
  std::string error;
  const stats::MemoryView view(&capi::inner(allocator)->segment());
  require(stats::read_snapshot(view, stats::read_context(0), &snapshot, &error),
          "an allocator's own segment is readable", error);
  return snapshot;
}

void check_label(SlabAllocator* allocator, EpochId epoch, const std::string& label) {
  char out[SLAB_LABEL_BYTES];
  const std::size_t length = slab_epoch_get_label(allocator, epoch, out);
  require(std::string(out, length) == label, "get_label gives what the rule says", out);
  require(out[length] == '\0', "the label ends with a NUL");
}

void check_json(const stats::Snapshot& snapshot, EpochId epoch, const std::string& label,
                const std::string& name) {
  const std::string label_path = "/epochs/" + std::to_string(epoch) + "/label";
  int met = 0;
  read_strictly(render::render_json(snapshot), [&](std::string_view path, std::string_view value) {
    if (path != label_path && path != "/allocator") return;
    ++met;
    require(value == (path == "/allocator" ? name : label), "JSON decodes back to the text", value);
  });
  require(met == 2, "JSON has the label and the name");
}

// The line of an epoch, whose label stands in its last column.
std::string shown_label(const std::string& table, EpochId epoch) {
  std::size_t start = 0;
  const std::string first_cell = std::to_string(epoch) + " ";
  for (int line = 0; line < 2 + SLAB_EPOCH_COUNT; ++line) {
    const std::size_t end = table.find('\n', start);
    require(end != std::string::npos, "a table has a line for each epoch", table);
    const std::string text = table.substr(start, end - start);
    require(text.empty() || text.back() != ' ', "no line ends with a blank", text);
    if (line >= 2 && text.rfind(first_cell, 0) == 0) {
      // Columns of 8 10 8 10 10 12 with a blank between, none of them overflowing here.
      constexpr std::size_t kBefore = 8 + 10 + 8 + 10 + 10 + 12 + 6;
      return text.size() > kBefore ? text.substr(kBefore) : "";
    }
    start = end + 1;
  }
  require(false, "a table has a line for each epoch", table);
  return "";
}

void check_table(const stats::Snapshot& snapshot, EpochId epoch, std::string label) {
  render::TopOptions options;
  options.rows = SLAB_EPOCH_COUNT;
  const std::string shown =
      shown_label(render::render_top_epochs(snapshot, render::kEpochKeys[0], options), epoch);
  label.erase(label.find_last_not_of(' ') + 1);
  require(shown == shown_from(label), "the table shows the label by its rule", shown);
  // A label's own backslashes are shown as they are, so only without them is there one way back.
  require(label.find('\\') != std::string::npos || bytes_from_shown(shown) == label,
          "the table decodes back to the label", shown);
}

void run(Input input) {
  const EpochId epoch = input.byte() % SLAB_EPOCH_COUNT;
  const std::string first(input.bytes(input.byte() % 64));
  const std::string bytes(input.bytes(4096));
  SlabOptions options;
  slab_options_init(&options);
  options.name = bytes.c_str();
  SlabAllocator* const allocator = slab_allocator_create_with(&options);
  require(allocator != nullptr, "there is memory for an allocator");
  // A label takes the place of another one, of which nothing may be left.
  slab_epoch_set_label(allocator, epoch, first.c_str());
  check_label(allocator, epoch, clean_label(first));
  slab_epoch_set_label(allocator, epoch, bytes.c_str());
  slab_epoch_set_label(allocator, epoch, nullptr);
  const std::string label = clean_label(bytes);
  check_label(allocator, epoch, label);
  const stats::Snapshot snapshot = snapshot_of(allocator);
  check_json(snapshot, epoch, label, label);
  check_table(snapshot, epoch, label);
  // An epoch's two records take turns, so only after two of the ring the same one stands again.
  for (int turn = 0; turn < 2; ++turn) {
    for (int i = 0; i < SLAB_EPOCH_COUNT; ++i) epoch_advance(allocator);
    check_label(allocator, epoch, "");  // R-2.2-1
  }
  slab_allocator_free(allocator);
}

}  // namespace
}  // namespace temporal_slab::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  temporal_slab::fuzz::run({data, size});
  return 0;
}
