// The example of README.md: a class of one's own as a parallel property; and that the page shows
// it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "harness/parallel/parallel.h"

namespace {

// [example]
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

struct AtomicCounter {  // what is tested
  temporal_slab::explorer::atomic<int> value{0};
  int apply(Counter::Call call) { return call == Counter::kAdd ? ++value : value.load(); }
};

TEST(AtomicCounter, IsLinearizable) {
  const auto outcome = temporal_slab::parallel::check<Counter, AtomicCounter>(
      rc::gen::element(Counter::kAdd, Counter::kGet));
  EXPECT_TRUE(outcome.holds) << outcome.report;
}
// [example]

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(ReadmeOfParallelProperties, ShowsThisExample) {
  const std::filesystem::path here = PARALLEL_FOLDER;
  const std::string source = text_of(here / "readme_example_test.cc");
  const std::string mark = "// [example]\n";
  const std::size_t begin = source.find(mark) + mark.size();
  const std::string example = source.substr(begin, source.find(mark, begin) - begin);
  ASSERT_FALSE(example.empty());
  EXPECT_NE(text_of(here / "README.md").find("```cpp\n" + example + "```\n"), std::string::npos);
}

}  // namespace
