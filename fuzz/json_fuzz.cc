// Any bytes as the file that `tslab --input` reads (R-2.6-3). What is taken must render, say the
// same when it is read again, and be valid; what is refused must be so in one line. The strict
// reader and the schema must never disagree about a text that is called valid.
#include <string>

#include "fuzz/captured_run.h"
#include "fuzz/require.h"
#include "fuzz/schema_is_due.h"
#include "fuzz/strict_json.h"
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
  if (stats.exit_code == 0) check_taken(stats.out);
}

}  // namespace
}  // namespace temporal_slab::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  temporal_slab::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
