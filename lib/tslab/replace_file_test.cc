#include "tslab/replace_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tslab/tslab_test_support.h"

namespace temporal_slab::tslab {
namespace {

namespace fs = std::filesystem;

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t files_beside(const std::string& path) {
  const fs::directory_iterator folder(fs::path(path).parent_path());
  return static_cast<std::size_t>(std::distance(begin(folder), end(folder)));
}

TEST(ReplaceFile, MakesOneOrTakesTheFormerOnesPlace) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a", "") + ".prom";
  std::string error;
  ASSERT_TRUE(replace_file(path, "one\n", &error)) << error;
  EXPECT_EQ(text_of(path), "one\n");
  std::ifstream former(path);
  ASSERT_TRUE(replace_file(path, std::string(1 << 20, 'x'), &error)) << error;
  EXPECT_EQ(text_of(path), std::string(1 << 20, 'x'));
  // Who had the former one open reads that to its end.
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(former), {}), "one\n");
  EXPECT_EQ(files_beside(path), 2U);
  const mode_t mask = umask(0);
  umask(mask);
  struct stat info = {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0666 & ~mask);
}

TEST(ReplaceFile, ThatFailsLeavesAllAsItWas) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a", "former\n");
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {1000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  std::string error;
  const bool done = replace_file(path, std::string(5000, 'x'), &error);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(done);
  EXPECT_EQ(error, "cannot write '" + path + "': File too large");
  EXPECT_EQ(text_of(path), "former\n");
  EXPECT_EQ(files_beside(path), 1U);
}

TEST(ReplaceFile, RefusesWhatIsNoRegularFile) {
  const TemporaryFolder folder;
  const std::string target = folder.write("target", "kept\n");
  const std::string link = target + ".link";
  fs::create_symlink(target, link);
  std::string error;
  for (const std::string& path :
       {fs::path(target).parent_path().string(), std::string("/dev/null"), link}) {
    EXPECT_FALSE(replace_file(path, "x", &error));
    EXPECT_EQ(error, "cannot write '" + path + "': it is no regular file");
  }
  EXPECT_FALSE(replace_file(target + ".missing/a", "x", &error));
  EXPECT_FALSE(replace_file(target + ".missing/", "x", &error));
  EXPECT_FALSE(replace_file("", "x", &error));
  EXPECT_EQ(text_of(target), "kept\n");
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(files_beside(target), 2U);
}

}  // namespace
}  // namespace temporal_slab::tslab
