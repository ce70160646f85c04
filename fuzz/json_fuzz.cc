// Any bytes as the file that `tslab --input` reads (R-2.6-3). What is taken must render, say the
// same when it is read again, and be valid; what is refused must be so in one line. The strict
// reader and the schema must never disagree about a text that is called valid.
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "fuzz/captured_run.h"
#include "fuzz/require.h"
#include "fuzz/schema_is_due.h"
#include "fuzz/strict_json.h"
#include "render/visit_fields.h"
#include "stats/snapshot.h"
#include "tslab/json_reader.h"
#include "tslab/schema_check.h"

namespace temporal_slab::fuzz {
namespace {

// Lets `validate` agree with `stats` about a file of one line.
void check_validate(std::string_view text, bool taken) {
  const CapturedRun validate = run_tslab({"validate", "-"}, text);
  require_orderly(validate);
  require(validate.exit_code != 0 || taken, "what is valid is taken");
  const bool says_valid = validate.out.rfind("valid: ", 0) == 0;
  require((validate.exit_code == 0) == says_valid, "the verdict agrees with the exit code");
}

// Every figure of a snapshot, in the order of the format.
template <typename Row>
void append_figures(const Row& row, std::vector<std::uint64_t>* out) {
  render::visit_fields(row, [out](std::string_view, const auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::uint64_t>)
      out->push_back(value);
  });
}

// Nothing if the text is not one snapshot from its first byte to its last.
std::vector<std::uint64_t> figures_of(std::string_view text) {
  std::vector<std::uint64_t> figures;
  stats::Snapshot snapshot;
  if (!tslab::read_json(text, 1, &snapshot).empty()) return figures;
  append_figures(snapshot, &figures);
  for (const stats::ClassRow& row : snapshot.classes) append_figures(row, &figures);
  for (const stats::EpochRow& row : snapshot.epochs) append_figures(row, &figures);
  for (const stats::AbandonedRow& row : snapshot.abandoned) append_figures(row, &figures);
  return figures;
}

void check_taken(const std::string& json) {
  require_json(json);
  if (schema_is_due(json)) require(tslab::check_snapshot(json, 1).empty(), "it is valid");
  const CapturedRun again = run_tslab({"stats", "--json", "--input", "-"}, json);
  require(again.exit_code == 0 && again.out == json, "printed again it is the same", again.err);
  for (const char* const what : {"--epochs", "--classes"}) {
    const CapturedRun top = run_tslab({"top", what, "--n", "99", "--stdin"}, json);
    require_orderly(top);
    require(top.exit_code == 0 && top.out.rfind("top ", 0) == 0, "it is ranked");
  }
  const CapturedRun summary = run_tslab({"stats", "--stdin"}, json);
  require_orderly(summary);
  require(summary.exit_code == 0 && !summary.out.empty(), "it is summed up");
}

void run(std::string_view text) {
  const CapturedRun stats = run_tslab({"stats", "--json", "--input", "-"}, text);
  require_orderly(stats);
  if (stats.exit_code != 0 || schema_is_due(text)) check_validate(text, stats.exit_code == 0);
  if (stats.exit_code != 0) return;
  const std::vector<std::uint64_t> figures = figures_of(text);
  require(figures.empty() || figures == figures_of(stats.out), "every figure is kept (R-3-1)");
  check_taken(stats.out);
}

}  // namespace
}  // namespace temporal_slab::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  temporal_slab::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
