// Plugins that contain the library are loaded and unloaded while threads that allocated live on.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>

#include "plugin.h"
#include "pool.h"

namespace temporal_slab {
namespace {

constexpr int kCycles = 1100;  // more than there are keys in a process

unsigned keys_left() {
  std::vector<pthread_key_t> keys;
  for (pthread_key_t key = 0; pthread_key_create(&key, nullptr) == 0;) keys.push_back(key);
  for (const pthread_key_t key : keys) pthread_key_delete(key);
  return static_cast<unsigned>(keys.size());
}

// What the process has mapped in all, in KiB.
long mapped_kib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  long kib = 0;
  while (status >> word)
    if (word == "VmSize:") status >> kib;
  return kib;
}

class Unloading : public testing::TestWithParam<const char*> {
 protected:
  void load() {
    library_ = ::dlopen(GetParam(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library_, nullptr) << ::dlerror();
    const auto find =
        reinterpret_cast<const LoadingPlugin* (*)()>(::dlsym(library_, "loading_plugin"));
    ASSERT_NE(find, nullptr);
    plugin_ = find();
  }
  void unload() {
    ASSERT_EQ(::dlclose(library_), 0);
    ASSERT_EQ(::dlopen(GetParam(), RTLD_NOW | RTLD_NOLOAD), nullptr) << "it is still there";
  }
  // Loads it, has each thread of the pool and a new one use it, and unloads it.
  void cycle(Pool& pool, bool published) {
    ASSERT_NO_FATAL_FAILURE(load());
    void* const state = plugin_->begin(published);
    const std::function<void()> work = [&] { EXPECT_EQ(plugin_->work(state), 0); };
    pool.run(work);
    std::thread(work).join();
    work();
    plugin_->end(state);
    ASSERT_NO_FATAL_FAILURE(unload());
  }

  void* library_ = nullptr;
  const LoadingPlugin* plugin_ = nullptr;
};

// R-2.6-6
TEST_P(Unloading, LeavesThreadsThatLiveOnAloneAThousandTimesOver) {
  const unsigned keys_before = keys_left();
  long mapped_before = 0;
  {
    Pool pool(4);
    for (int i = 0; i < kCycles && !HasFailure(); ++i) {
      cycle(pool, i % 100 == 0);
      if (i == 20) mapped_before = mapped_kib();
    }
    EXPECT_LE(mapped_kib(), mapped_before + 64) << "4 threads' pages in 1,079 cycles";
    EXPECT_EQ(keys_left(), keys_before);
  }  // here the threads end
  EXPECT_EQ(keys_left(), keys_before);
}

// R-2.6-6
TEST_P(Unloading, LeavesNoHandlersForForks) {
  Pool pool(2);
  ASSERT_NO_FATAL_FAILURE(cycle(pool, false));
  const pid_t child = ::fork();
  if (child == 0) ::_exit(7);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

// R-2.6-6
TEST_P(Unloading, LetsAThreadEndThatUsedAnotherCopyMeanwhile) {
  for (int i = 0; i < 3; ++i) {
    Pool pool(2);
    ASSERT_NO_FATAL_FAILURE(cycle(pool, false));
    ASSERT_NO_FATAL_FAILURE(load());
    void* const state = plugin_->begin(0);
    const std::function<void()> work = [&] { EXPECT_EQ(plugin_->work(state), 0); };
    { Pool(2).run(work); }
    std::thread(work).join();
    plugin_->end(state);
    ASSERT_NO_FATAL_FAILURE(unload());
  }
}

// A process may end while its threads are at work in a plugin.
TEST_P(Unloading, IsNotWhatAnExitIs) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(30);
    load();
    static void* state = plugin_->begin(1);
    static const LoadingPlugin* const plugin = plugin_;
    std::atomic<int> working{0};
    for (int i = 0; i < 3; ++i)
      std::thread([&working] {
        for (bool first = true;; first = false) {
          if (plugin->work(state) != 0) ::_exit(9);
          if (first) ++working;
        }
      }).detach();
    while (working < 3) std::this_thread::yield();
    std::exit(7);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

INSTANTIATE_TEST_SUITE_P(WithTheLibrary, Unloading,
                         testing::Values(TEMPORAL_SLAB_PLUGIN_STATIC, TEMPORAL_SLAB_PLUGIN_SHARED),
                         [](const auto& one) { return one.index == 0 ? "Inside" : "Beside"; });

}  // namespace
}  // namespace temporal_slab
