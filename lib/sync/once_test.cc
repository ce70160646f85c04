#include "sync/once.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace temporal_slab::sync {
namespace {

TEST(Once, ManyThreadsRunItOnceAndAllSeeWhatItDid) {
  constexpr int kThreads = 8;
  for (int round = 0; round < 100; ++round) {
    Once once;
    int runs = 0;
    std::vector<int> seen(kThreads);
    std::vector<std::thread> threads;
    for (int& mine : seen)
      threads.emplace_back([&] {
        once.run([&] { ++runs; });
        mine = runs;
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(seen, std::vector<int>(kThreads, 1));
  }
}

}  // namespace
}  // namespace temporal_slab::sync
