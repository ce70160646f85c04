// Publishing, seen from outside: which file appears, and when it goes.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "capi/rules_folder_support.h"
#include "capi/rules_json_support.h"

namespace temporal_slab::rules {
namespace {

namespace fs = std::filesystem;

class Published : public testing::Test {
 protected:
  std::vector<fs::path> segments() const {
    std::vector<fs::path> paths;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(directory, missing)) {
      paths.push_back(entry.path());
    }
    return paths;
  }

  static mode_t mode_of(const fs::path& path) {
    struct stat status = {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status.st_mode;
  }

  // Runs `body` in a child process, which ends as `body` says, and waits for it.
  template <typename Body>
  int status_of_child(Body&& body) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      body();
      ::_exit(99);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return status;
  }

  const RuntimeFolder folder;
  const fs::path runtime = folder.path();
  const fs::path directory = runtime / ("temporal-slab-" + std::to_string(::geteuid()));
};

// R-2.6-2
TEST_F(Published, AllocatorHasAFileOfItsProcessInTheUsersFolder) {
  const Allocator allocator = make_named_allocator("seen", true);
  EXPECT_TRUE(slab_allocator_published(allocator.get()));
  ASSERT_EQ(segments().size(), 1u);
  const std::string name = segments()[0].filename();
  const std::string prefix = std::to_string(::getpid()) + ".";
  EXPECT_EQ(name.compare(0, prefix.size(), prefix), 0) << name;
  EXPECT_EQ(segments()[0].extension(), ".seg");
}

// R-2.6-2
TEST_F(Published, FileAndFolderAreTheUsersAlone) {
  const ::mode_t former = ::umask(0);
  const Allocator allocator = make_named_allocator("private", true);
  ::umask(former);
  ASSERT_EQ(segments().size(), 1u);
  EXPECT_EQ(mode_of(segments()[0]), S_IFREG | 0600u);
  EXPECT_EQ(mode_of(directory), S_IFDIR | 0700u);
}

// R-2.6-2
TEST_F(Published, AllocatorsHaveAFileEach) {
  std::vector<Allocator> allocators;
  for (int i = 0; i < 10; ++i) allocators.push_back(make_named_allocator("one of many", true));
  EXPECT_EQ(segments().size(), 10u);
  allocators.resize(4);
  EXPECT_EQ(segments().size(), 4u);
  for (int i = 0; i < 6; ++i) allocators.push_back(make_named_allocator("one more", true));
  EXPECT_EQ(segments().size(), 10u);
}

// R-2.6-2
TEST_F(Published, FileIsRemovedWhenTheAllocatorIsFreed) {
  make_named_allocator("short-lived", true).reset();
  EXPECT_TRUE(segments().empty());
}

// R-2.6-2
TEST_F(Published, FileIsRemovedWhenTheProcessExitsNormally) {
  const int status = status_of_child([&] {
    SlabAllocator* leaked = make_named_allocator("leaked", true).release();
    std::exit(slab_allocator_published(leaked) && segments().size() == 1 ? 0 : 1);
  });
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(segments().empty());
}

// R-2.6-2
TEST_F(Published, FileStaysWhenTheProcessIsKilled) {
  const int status = status_of_child([] {
    make_named_allocator("killed", true).release();
    ::raise(SIGKILL);
  });
  EXPECT_TRUE(WIFSIGNALED(status));
  ASSERT_EQ(segments().size(), 1u);
  EXPECT_GT(fs::file_size(segments()[0]), 0u);
}

// R-2.6-2
TEST_F(Published, AllocatorWritesNothingThroughALinkThatLiesInItsWay) {
  const fs::path victim = runtime / "victim";
  std::ofstream(victim) << "untouched";
  fs::create_directory(directory);
  fs::permissions(directory, fs::perms::owner_all);
  for (int n = 0; n < 3; ++n) {
    const std::string name = std::to_string(::getpid()) + "." + std::to_string(n) + ".seg";
    fs::create_symlink(victim, directory / name);
  }
  {
    const Allocator allocator = make_named_allocator("careful", true);
    make_objects(allocator.get(), 100, 64, 0);
  }
  std::string text;
  std::ifstream(victim) >> text;
  EXPECT_EQ(text, "untouched");
}

// One place in the code, so that holders have one site.
[[gnu::noinline]] void take_reference(SlabAllocator* allocator) {
  slab_epoch_inc_refcount(allocator, 0);
  asm volatile("");  // else the call could be a jump
}

// R-2.6-2
TEST_F(Published, AllocatorTellsTheSameAsAnUnpublishedOne) {
  const auto work = [](SlabAllocator* allocator) {
    make_objects(allocator, 500, 96, 0);
    slab_epoch_set_label(allocator, 0, "work");
    take_reference(allocator);
    advance(allocator, 20);
    make_objects(allocator, 500, 768, epoch_current(allocator));
    Json told = still_snapshot(allocator);
    for (Json& row : told["classes"]) row.erase("epoch_close_total_ns");  // of another time
    return told;
  };
  const Json published = work(make_named_allocator("same", true).get());
  const Json unpublished = work(make_named_allocator("same").get());
  EXPECT_EQ(changes(published, unpublished), "");
}

// R-2.6-2
TEST_F(Published, IsWhatTheEnvironmentAsksFor) {
  ::setenv("TEMPORAL_SLAB_PUBLISH", "1", 1);
  const Allocator asked = make_allocator();
  EXPECT_TRUE(slab_allocator_published(asked.get()));
  for (const char* no : {"0", "", "yes", "11"}) {
    ::setenv("TEMPORAL_SLAB_PUBLISH", no, 1);
    EXPECT_FALSE(slab_allocator_published(make_allocator().get())) << no;
  }
}

// R-2.6-2
TEST_F(Published, SuccessLeavesErrnoAlone) {
  const Allocator allocator = make_named_allocator("calm", true);
  EXPECT_EQ(errno_after([&] { EXPECT_TRUE(slab_allocator_published(allocator.get())); }),
            kUntouchedErrno);
}

// R-2.6-4
TEST_F(Published, NotUnlessItIsAskedForAndThenErrnoIsZero) {
  const Allocator allocator = make_allocator();
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(slab_allocator_published(allocator.get())); }), 0);
  EXPECT_TRUE(segments().empty());
}

// What stands in the way of publishing, and the errno that says so.
struct Obstacle {
  const char* name;
  int expected_errno;
  void (*put)(const fs::path& runtime, const fs::path& directory);
};

const Obstacle kObstacles[] = {
    {"NoRuntimeFolder", ENOENT,
     [](const fs::path& runtime, const fs::path&) { fs::remove_all(runtime); }},
    {"AFileForARuntimeFolder", ENOTDIR,
     [](const fs::path& runtime, const fs::path&) {
       fs::remove_all(runtime);
       std::ofstream(runtime) << "a file";
     }},
    {"AFileForAFolder", ENOTDIR,
     [](const fs::path&, const fs::path& directory) { std::ofstream(directory) << "a file"; }},
    {"ALinkForAFolder", ELOOP,
     [](const fs::path& runtime, const fs::path& directory) {
       fs::create_directory(runtime / "elsewhere");
       fs::create_directory_symlink(runtime / "elsewhere", directory);
     }},
};

// R-2.6-4
TEST_F(Published, NotForAReasonThatErrnoNames) {
  for (const Obstacle& obstacle : kObstacles) {
    fs::remove_all(runtime);
    fs::create_directory(runtime);
    obstacle.put(runtime, directory);
    const Allocator allocator = make_named_allocator("hindered", true);
    ASSERT_NE(allocator, nullptr) << obstacle.name;
    EXPECT_EQ(errno_after([&] { EXPECT_FALSE(slab_allocator_published(allocator.get())); }),
              obstacle.expected_errno)
        << obstacle.name;
  }
}

// R-2.6-4
TEST_F(Published, NotButWorkingAllTheSame) {
  for (const Obstacle& obstacle : kObstacles) {
    fs::remove_all(runtime);
    fs::create_directory(runtime);
    obstacle.put(runtime, directory);
    const Allocator allocator = make_named_allocator("hindered", true);
    const auto objects = make_objects(allocator.get(), 1000, 128, 0);
    slab_epoch_set_label(allocator.get(), 0, "works");
    EXPECT_EQ(snapshot(allocator.get())["epochs"][0]["label"], "works") << obstacle.name;
    EXPECT_EQ(free_objects(allocator.get(), objects), 1000u) << obstacle.name;
  }
}

}  // namespace
}  // namespace temporal_slab::rules
