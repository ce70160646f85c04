// The example of README.md: a lock-free class of one's own, checked; and that the page shows it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "harness/explorer/explorer.h"

namespace {

// [example]
namespace explorer = temporal_slab::explorer;

template <typename T>
struct Mailbox {  // one writer, one reader, one letter
  explorer::var<T> letter;
  explorer::atomic<bool> full{false};

  void put(T value) {
    letter.set(value);
    full.store(true, std::memory_order_release);
  }
  T take(T otherwise) { return full.load(std::memory_order_acquire) ? letter.get() : otherwise; }
};

TEST(Mailbox, GivesWhatWasPut) {
  const explorer::Result result = explorer::explore({.preemptions = 2}, [] {
    Mailbox<int> box;
    explorer::parallel([&] { box.put(7); },
                       [&] { explorer::check(box.take(7) == 7, "the letter"); });
  });
  EXPECT_TRUE(result.passed()) << result.report;
}
// [example]

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(ReadmeOfTheExplorer, ShowsThisExample) {
  const std::filesystem::path here = EXPLORER_FOLDER;
  const std::string source = text_of(here / "readme_example_test.cc");
  const std::string mark = "// [example]\n";
  const std::size_t begin = source.find(mark) + mark.size();
  const std::string example = source.substr(begin, source.find(mark, begin) - begin);
  ASSERT_FALSE(example.empty());
  EXPECT_NE(text_of(here / "README.md").find("```cpp\n" + example + "```\n"), std::string::npos);
}

}  // namespace
