#include "stats/module_map.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "stats/segment_write.h"
#include "stats/snapshot_build.h"

namespace temporal_slab::stats {
namespace {

std::uint64_t address_of(const void* place) { return reinterpret_cast<std::uintptr_t>(place); }

void code_of_this_program() {}

class ModuleMapTest : public testing::Test {
 protected:
  std::uint64_t count() const { return get(segment_->module_count); }
  const ModuleRecord& module(std::uint64_t i) const { return segment_->modules[i]; }

  // A site in this program, and one in the C library, found by its own name.
  static std::uint64_t site_here() {
    return address_of(reinterpret_cast<const void*>(&code_of_this_program)) + 1;
  }
  static std::uint64_t site_in_libc() {
    void* const libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    void* const place = dlsym(libc, "strtoul");
    dlclose(libc);
    return address_of(place) + 1;
  }

  const std::unique_ptr<Segment> segment_ = std::make_unique<Segment>();
  ModuleMap map_{*segment_};
};

// R-2.5-5
TEST_F(ModuleMapTest, NotesTheProgramByItsPathAndBuildId) {
  map_.note(site_here());
  ASSERT_EQ(count(), 1u);
  EXPECT_LE(get(module(0).begin), site_here() - 1);
  EXPECT_GT(get(module(0).end), site_here() - 1);
  EXPECT_EQ(text_of(module(0).path), std::filesystem::read_symlink("/proc/self/exe").string());
  Dl_info info = {};
  ASSERT_NE(dladdr(reinterpret_cast<const void*>(&code_of_this_program), &info), 0);
  EXPECT_EQ(get(module(0).begin), address_of(info.dli_fbase));
}

TEST_F(ModuleMapTest, NotesEachModuleOnce) {
  for (int i = 0; i < 3; ++i) {
    map_.note(site_here());
    map_.note(site_in_libc());
  }
  ASSERT_EQ(count(), 2u);
  EXPECT_NE(text_of(module(1).path).find("/libc.so.6"), std::string::npos);
  EXPECT_EQ(text_of(module(1).path).front(), '/');
  EXPECT_EQ(get(module(1).build_id_bytes), 20u) << "as Debian links";
}

TEST_F(ModuleMapTest, GivesTheSitesOfAModuleThatItKnows) {
  EXPECT_FALSE(map_.note(site_here()).holds(site_here())) << "it was asked for just now";
  const Sites known = map_.note(site_here());
  const std::uint64_t begin = get(module(0).begin);
  const std::uint64_t end = get(module(0).end);
  EXPECT_TRUE(known.holds(site_here()));
  EXPECT_TRUE(known.holds(begin + 1) && known.holds(end));
  EXPECT_FALSE(known.holds(begin) || known.holds(end + 1));
  EXPECT_FALSE(known.holds(0) || known.holds(~std::uint64_t{0}));
  const Sites unknown = map_.note(1);
  EXPECT_FALSE(unknown.holds(1) || unknown.holds(0));
}

TEST_F(ModuleMapTest, LooksAtTheCallAndNotAtWhatFollowsIt) {
  map_.note(site_here());
  const std::uint64_t end = get(module(0).end);
  segment_->module_count.store(0, sync::kRelaxed);
  map_.note(end);  // the module's last byte was the call's
  EXPECT_EQ(count(), 1u);
}

TEST_F(ModuleMapTest, CodeOfNoModuleIsAskedForOnceAndLeavesNoRecord) {
  void* const code = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(code, MAP_FAILED);
  for (const std::uint64_t site : {address_of(code) + 1, std::uint64_t{1}, std::uint64_t{0},
                                   ~std::uint64_t{0}, std::uint64_t{1} << 63})
    for (int i = 0; i < 2; ++i) map_.note(site);
  EXPECT_EQ(count(), 0u);
  munmap(code, 4096);
  map_.note(site_here());
  EXPECT_EQ(count(), 1u);
}

TEST_F(ModuleMapTest, AFullTableStaysAsItIs) {
  segment_->module_count.store(kMaxModules, sync::kRelaxed);
  map_.note(site_here());
  EXPECT_EQ(count(), kMaxModules);
  EXPECT_EQ(get(module(kMaxModules - 1).end), 0u);
}

TEST_F(ModuleMapTest, LeavesErrnoAlone) {
  errno = EXDEV;
  map_.note(site_here());
  map_.note(1);
  EXPECT_EQ(errno, EXDEV);
}

// Whoever meets the lock goes on without, and notes it the next time.
TEST_F(ModuleMapTest, NotedByManyThreadsAtOnceEachModuleStandsOnce) {
  const std::uint64_t in_libc = site_in_libc();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      while (segment_->module_count.load(sync::kAcquire) < 2) {
        map_.note(site_here());
        map_.note(in_libc);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count(), 2u);
  EXPECT_NE(get(module(0).begin), get(module(1).begin));
}

}  // namespace
}  // namespace temporal_slab::stats
