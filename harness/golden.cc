#include "harness/golden.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "harness/text_difference.h"

namespace temporal_slab::harness {
namespace {

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// The command that runs the test that is running now, and nothing else.
std::string record_command() {
  const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
  std::string command =
      "TEMPORAL_SLAB_UPDATE_GOLDEN=1 " + std::filesystem::read_symlink("/proc/self/exe").string();
  if (test != nullptr)
    command +=
        std::string(" --gtest_filter='") + test->test_suite_name() + "." + test->name() + "'";
  return command;
}

}  // namespace

std::string source_path(std::string_view path_from_root) {
  return std::string(TEMPORAL_SLAB_SOURCE_DIR "/").append(path_from_root);
}

testing::AssertionResult matches_source_file(std::string_view path, std::string_view text,
                                             std::string_view repair_command) {
  const std::optional<std::string> approved = read_file(source_path(path));
  if (approved == text) return testing::AssertionSuccess();
  auto failure = testing::AssertionFailure();
  if (approved)
    failure << text_difference(path, *approved, text);
  else
    failure << path << " does not exist; it would hold " << text.size() << " bytes\n";
  return failure << "If the new text is right: " << repair_command;
}

testing::AssertionResult matches_golden(std::string_view name, std::string_view text) {
  const std::string path = std::string("schemas/golden/").append(name);
  const char* update = std::getenv("TEMPORAL_SLAB_UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") {
    std::ofstream out(source_path(path), std::ios::binary);
    out << text << std::flush;
    if (!out) return testing::AssertionFailure() << "cannot write " << source_path(path);
    return testing::AssertionSuccess() << "recorded " << path;
  }
  return matches_source_file(path, text, record_command());
}

}  // namespace temporal_slab::harness
