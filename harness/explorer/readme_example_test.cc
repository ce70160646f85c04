// README.md shows the example as it stands in example/, which explorer_package_*_test build and
// run.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(ReadmeOfTheExplorer, ShowsTheExample) {
  const std::filesystem::path here = EXPLORER_FOLDER;
  const std::string readme = text_of(here / "README.md");
  for (const auto& [file, language] :
       {std::pair{"mailbox.cc", "cpp"}, std::pair{"CMakeLists.txt", "cmake"}}) {
    const std::string source = text_of(here / "example" / file);
    ASSERT_FALSE(source.empty()) << file;
    EXPECT_NE(readme.find(std::string("```") + language + "\n" + source + "```\n"),
              std::string::npos)
        << file;
  }
}

}  // namespace
