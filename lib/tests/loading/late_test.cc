// The library is loaded late, into a process that has used up much of what there is: static TLS,
// keys of threads.
#include <dlfcn.h>
#include <elf.h>
#include <gtest/gtest.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "plugin.h"
#include "pool.h"

namespace {
thread_local bool counting = false;
thread_local unsigned long malloc_calls = 0;
}  // namespace

// The C library's own, under the names by which it lets itself be replaced.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t bytes) noexcept {
  malloc_calls += counting ? 1 : 0;
  return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) noexcept {
  malloc_calls += counting ? 1 : 0;
  return __libc_calloc(count, bytes);
}
void* realloc(void* memory, std::size_t bytes) noexcept {
  malloc_calls += counting ? 1 : 0;
  return __libc_realloc(memory, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
  malloc_calls += counting ? 1 : 0;
  return __libc_memalign(alignment, bytes);
}
}

namespace temporal_slab {
namespace {

template <typename Work>
unsigned long malloc_calls_of(Work&& work) {
  const unsigned long before = malloc_calls;
  counting = true;
  work();
  counting = false;
  return malloc_calls - before;
}

class Plugin {
 public:
  explicit Plugin(const char* path) : library_(::dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
    if (library_ == nullptr) return;
    const auto find =
        reinterpret_cast<const LoadingPlugin* (*)()>(::dlsym(library_, "loading_plugin"));
    plugin_ = find();
  }
  ~Plugin() {
    if (library_ != nullptr) ::dlclose(library_);
  }
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;
  const LoadingPlugin* operator->() const { return plugin_; }
  explicit operator bool() const { return plugin_ != nullptr; }

 private:
  void* library_;
  const LoadingPlugin* plugin_ = nullptr;
};

std::size_t tls_bytes(const char* path) {
  struct Search {
    std::string name;
    std::size_t bytes = 0;
  } search{std::filesystem::path(path).filename().string()};
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto* const wanted = static_cast<Search*>(data);
        const std::string name = info->dlpi_name;
        if (name.find(wanted->name.substr(0, wanted->name.find(".so"))) == std::string::npos)
          return 0;
        for (std::size_t i = 0; i < info->dlpi_phnum; ++i)
          if (info->dlpi_phdr[i].p_type == PT_TLS) wanted->bytes = info->dlpi_phdr[i].p_memsz;
        return 0;
      },
      &search);
  return search.bytes;
}

// R-2.6-7
TEST(StaticTls, OfTheLibraryIsSixtyFourBytesAtMost) {
  const Plugin inside(TEMPORAL_SLAB_PLUGIN_STATIC);
  const Plugin beside(TEMPORAL_SLAB_PLUGIN_SHARED);
  ASSERT_TRUE(inside && beside);
  const std::size_t of_plugin = tls_bytes(TEMPORAL_SLAB_PLUGIN_STATIC);
  const std::size_t of_library = tls_bytes(TEMPORAL_SLAB_SHARED);
  EXPECT_GT(of_plugin, 0u);
  EXPECT_GT(of_library, 0u);
  EXPECT_LE(of_plugin, 64u);
  EXPECT_LE(of_library, 64u);
}

// R-2.6-7
TEST(StaticTls, IsEnoughForALateLoadBesideOthersThatTakeSome) {
  const auto folder =
      std::filesystem::path(::testing::TempDir()) / ("greedy" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::vector<void*> others;
  for (int i = 0; i < 6; ++i) {
    const auto copy = folder / (std::to_string(i) + ".so");
    std::filesystem::copy_file(TEMPORAL_SLAB_GREEDY, copy);
    others.push_back(::dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL));
    EXPECT_NE(others.back(), nullptr) << ::dlerror();
  }
  {
    const Plugin plugin(TEMPORAL_SLAB_PLUGIN_STATIC);
    ASSERT_TRUE(plugin) << ::dlerror();
    void* const state = plugin->begin(0);
    EXPECT_EQ(plugin->work(state), 0);
    plugin->end(state);
  }
  for (void* const other : others) ::dlclose(other);
  std::filesystem::remove_all(folder);
}

class ManyKeys : public testing::TestWithParam<unsigned> {
 protected:
  void SetUp() override {
    for (pthread_key_t key = 0; keys_.size() < GetParam();) {
      ASSERT_EQ(::pthread_key_create(&key, nullptr), 0);
      keys_.push_back(key);
    }
  }
  void TearDown() override {
    for (const pthread_key_t key : keys_) ::pthread_key_delete(key);
  }

 private:
  std::vector<pthread_key_t> keys_;
};

// R-2.6-7
TEST_P(ManyKeys, MadeBeforeTheLibraryIsLoadedCostNoMallocInAnyCall) {
  const Plugin plugin(TEMPORAL_SLAB_PLUGIN_STATIC);
  ASSERT_TRUE(plugin) << ::dlerror();
  void* const state = plugin->begin(0);
  Pool pool(4);
  for (int i = 0; i < 3; ++i)
    pool.run([&] { EXPECT_EQ(malloc_calls_of([&] { EXPECT_EQ(plugin->work(state), 0); }), 0u); });
  plugin->end(state);
}

// There are 64 places, and many more threads come and go.
TEST_P(ManyKeys, LeaveTheHeapsOfThreadsThatEndedToOthers) {
  const Plugin plugin(TEMPORAL_SLAB_PLUGIN_STATIC);
  ASSERT_TRUE(plugin) << ::dlerror();
  void* const state = plugin->begin(0);
  int with_heap = 0;
  for (int i = 0; i < 300; ++i)
    std::thread([&] {
      EXPECT_EQ(plugin->work(state), 0);
      with_heap += plugin->has_heap(state);
    }).join();
  EXPECT_EQ(with_heap, 300);
  plugin->end(state);
}

INSTANTIATE_TEST_SUITE_P(Late, ManyKeys, testing::Values(0, 40, 1000));

}  // namespace
}  // namespace temporal_slab
