#include "demo/input_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace temporal_slab::demo {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class InputFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "demo-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& bytes) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  std::string folder_;
  std::string error_;
};

TEST_F(InputFiles, AreTheRegularOnesInOrderOfBytes) {
  const std::string b = write("b", "x");
  const std::string upper = write("B", "x");
  const std::string a = write("a", "x");
  fs::create_symlink(a, folder_ + "/link");
  fs::create_directory(folder_ + "/folder");
  EXPECT_THAT(files_of(folder_, &error_).value(), ElementsAre(upper, a, b));
}

TEST_F(InputFiles, OfAFolderThatIsNotThereAreAnErrorWithItsName) {
  EXPECT_FALSE(files_of(folder_ + "/gone", &error_));
  EXPECT_EQ(error_, folder_ + "/gone: No such file or directory");
}

TEST_F(InputFiles, OfAnEmptyFolderAreAnError) {
  EXPECT_FALSE(files_of(folder_, &error_));
  EXPECT_EQ(error_, folder_ + ": no regular file in it");
}

TEST_F(InputFiles, AreReadToTheLastByte) {
  std::string bytes;
  for (int i = 0; i < 200'000; ++i) bytes += static_cast<char>(i * 7);
  std::string got;
  const auto take = [&](std::string_view piece) {
    got += piece;
    return true;
  };
  EXPECT_TRUE(read_file(write("long", bytes), take, &error_)) << error_;
  EXPECT_EQ(got, bytes);
}

TEST_F(InputFiles, AreReadNoFurtherThanTheReaderWants) {
  int pieces = 0;
  const auto take = [&](std::string_view) { return ++pieces < 2; };
  EXPECT_TRUE(read_file(write("long", std::string(1'000'000, 'x')), take, &error_));
  EXPECT_EQ(pieces, 2);
}

TEST_F(InputFiles, ThatCannotBeReadAreAnErrorWithTheirName) {
  const auto take = [](std::string_view) { return true; };
  EXPECT_FALSE(read_file(folder_ + "/gone", take, &error_));
  EXPECT_EQ(error_, folder_ + "/gone: No such file or directory");
  EXPECT_FALSE(read_file(folder_, take, &error_));
  EXPECT_EQ(error_, folder_ + ": Not a regular file");
  const std::string pipe = folder_ + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(read_file(pipe, take, &error_));
  EXPECT_EQ(error_, pipe + ": Not a regular file");
}

}  // namespace
}  // namespace temporal_slab::demo
