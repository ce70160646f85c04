// A run of tslab in this process, with memory in the place of its three streams.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace temporal_slab::fuzz {

struct CapturedRun {
  int exit_code;
  std::string out;
  std::string err;
};

// What stands at the other end of standard output.
enum class Output { kRead, kClosedPipe };

CapturedRun run_tslab(const std::vector<std::string>& arguments, std::string_view input,
                      Output output = Output::kRead);

// What each run of tslab must keep: 0, 1 or 2, and with 2 exactly one line on stderr that is safe
// for a terminal, and nothing on stdout (section 4 of the contract).
void require_orderly(const CapturedRun& run);

}  // namespace temporal_slab::fuzz
