// The example of README.md: a class of one's own, checked; and that the page shows it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "harness/linearizability/check.h"

namespace {

// [example]
namespace lin = temporal_slab::linearizability;

struct Counter {  // what one thread would see
  enum Call { kAdd, kGet };
  using Result = int;
  int apply(Call call) { return call == kAdd ? ++value : value; }
  bool operator==(const Counter&) const = default;
  std::size_t hash() const { return static_cast<std::size_t>(value); }
  static std::string text(Call call) { return call == kAdd ? "add" : "get"; }
  static std::string text(int result) { return std::to_string(result); }
  std::string state() const { return std::to_string(value); }
  int value = 0;
};

TEST(AtomicCounter, IsLinearizable) {
  std::atomic<int> counter{0};
  lin::Recorder<Counter> recorder(2);
  const auto work = [&](std::size_t me) {
    recorder.run(me, Counter::kAdd, [&] { return counter.fetch_add(1) + 1; });
    recorder.run(me, Counter::kGet, [&] { return counter.load(); });
  };
  std::thread other(work, 1);
  work(0), other.join();
  const lin::Verdict verdict = lin::check(recorder.history());
  EXPECT_TRUE(verdict.linearizable) << verdict.report;
}
// [example]

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(ReadmeOfLinearizability, ShowsThisExample) {
  const std::filesystem::path here = LINEARIZABILITY_FOLDER;
  const std::string source = text_of(here / "readme_example_test.cc");
  const std::string mark = "// [example]\n";
  const std::size_t begin = source.find(mark) + mark.size();
  const std::string example = source.substr(begin, source.find(mark, begin) - begin);
  ASSERT_FALSE(example.empty());
  EXPECT_NE(text_of(here / "README.md").find("```cpp\n" + example + "```\n"), std::string::npos);
}

}  // namespace
