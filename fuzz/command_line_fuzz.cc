// Any words as the command line of tslab, one argument a line, with a snapshot on its standard
// input and one in its folder: exit 0, 1 or 2, and with 2 one line on stderr and nothing on stdout.
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/captured_run.h"
#include "fuzz/require.h"
#include "render/json.h"
#include "stats/segment_reader.h"
#include "stats/segment_test_support.h"
#include "tslab/command_line.h"
#include "tslab/commands.h"

namespace temporal_slab::fuzz {
namespace {

constexpr std::size_t kMostArguments = 24;

// A folder of the process's own, with a snapshot in it, and with nothing published.
class Folder {
 public:
  Folder() {
    char path[] = "/tmp/temporal-slab-fuzz-XXXXXX";
    require(mkdtemp(path) != nullptr, "a folder can be made");
    path_ = path;
    setenv("TEMPORAL_SLAB_RUNTIME_DIR", path, 1);
    require(static_cast<bool>(std::ofstream(file()) << snapshot << std::flush), "and written to");
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file() const { return path_ + "/snapshot.json"; }

  const std::string snapshot = sample_json();

 private:
  static std::string sample_json() {
    stats::Snapshot sample;
    std::string error;
    const auto segment = stats::sample_segment();
    require(stats::read_snapshot(stats::MemoryView(segment.get()), {}, &sample, &error),
            "the sample is a segment", error);
    return render::render_json(sample);
  }

  std::string path_;
};

// Without slashes, so that no file is named but the one of ours, which is called @.
std::vector<std::string> arguments_from(std::string_view text, const std::string& file) {
  std::vector<std::string> arguments;
  while (!text.empty() && arguments.size() < kMostArguments) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string argument(text.substr(0, std::min(end, text.find('\0'))));
    std::replace(argument.begin(), argument.end(), '/', '_');
    if (!argument.empty() && argument.back() == '@') argument.replace(argument.size() - 1, 1, file);
    arguments.push_back(std::move(argument));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return arguments;
}

// Others may serve for ever or write files: of those only the command line is looked at.
bool only_reads(const tslab::CommandLine& line) {
  if (line.help || line.version) return true;
  for (auto* const run : {tslab::run_ps, tslab::run_stats, tslab::run_top, tslab::run_validate})
    if (line.command->run == run) return true;
  return false;
}

void check_refused(const CapturedRun& run, const std::string& error) {
  require(run.exit_code == 2, "what cannot be understood is refused");
  require(error.find('\n') == std::string::npos || run.err.find("\\x0a") != std::string::npos,
          "what was given is quoted safely");
}

// The key that the arguments name, the last one; nothing if they name none.
std::optional<std::string> given_key(const std::vector<std::string>& arguments) {
  std::optional<std::string> key;
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    if (arguments[i] == "--by" && i + 1 < arguments.size()) key = arguments[i + 1];
    if (arguments[i].rfind("--by=", 0) == 0) key = arguments[i].substr(5);
  }
  return key;
}

void check_ranking(const CapturedRun& run, const tslab::CommandLine& line,
                   const std::vector<std::string>& arguments) {
  const bool epochs = line.epoch_key != nullptr;
  const std::string by_default = epochs ? "rss_bytes" : "slow_path_hits";
  const std::string title = std::string("top ") + (epochs ? "epochs" : "classes") + " by " +
                            given_key(arguments).value_or(by_default) + "\n";
  require(run.out.rfind(title, 0) == 0, "a ranking is by the key that was given", run.out);
}

void run(std::string_view text) {
  static const Folder folder;
  const std::vector<std::string> arguments = arguments_from(text, folder.file());
  std::vector<const char*> words;
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  std::string error;
  const std::optional<tslab::CommandLine> line = tslab::parse_command_line(words, &error);
  require(line.has_value() == error.empty(), "an error is said if and only if there is one", error);
  if (line && !only_reads(*line)) return;
  // A watch goes on until nobody reads it.
  const Output output = line && line->watch ? Output::kClosedPipe : Output::kRead;
  const CapturedRun run = run_tslab(arguments, folder.snapshot, output);
  require_orderly(run);
  if (!line) return check_refused(run, error);
  const bool ranked = line->command != nullptr && line->command->run == tslab::run_top;
  if (ranked && !line->help && run.exit_code == 0 && output == Output::kRead)
    check_ranking(run, *line, arguments);
}

}  // namespace
}  // namespace temporal_slab::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  temporal_slab::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
