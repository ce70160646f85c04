// The processor's fences, which the explorer only believes in: owners add to counts of their own,
// and a revoker moves all of them elsewhere again and again.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "sync/biased_section.h"

namespace temporal_slab::sync {

inline void owners_and_revoker(Bias bias) {
  constexpr std::size_t kOwners = 2;
  constexpr std::uint64_t kRevocations = 500;
  struct alignas(64) Owner {
    Atomic<std::uint64_t> turn{0};
    std::uint64_t count = 0;
    std::uint64_t done = 0;
  };
  std::array<Owner, kOwners> owners;
  std::atomic<bool> forbidden{false};
  std::atomic<bool> over{false};
  std::atomic<std::size_t> working{0};

  std::vector<std::thread> threads;
  for (Owner& mine : owners)
    threads.emplace_back([&] {
      for (bool first = true; !over.load(kRelaxed); first = false) {
        for (int i = 0; i < 100; ++i) {
          const BiasedSection section(bias, mine.turn);
          if (forbidden.load(kAcquire)) continue;
          ++mine.count;
          ++mine.done;
        }
        if (first) ++working;
        yield();  // with fewer processors than threads: be away outside, not inside
      }
    });
  while (working < kOwners) yield();
  std::uint64_t moved = 0;
  for (std::uint64_t i = 0; i < kRevocations; ++i) {
    // Only beside an owner that is at work, and each time elsewhere in its section.
    const std::uint64_t turn = owners[i % kOwners].turn.load(kRelaxed);
    for (std::uint64_t k = 0; owners[i % kOwners].turn.load(kRelaxed) < turn + 2 + i % 64; ++k)
      if (k % 1024 == 1023) yield();
    forbidden.store(true, kRelaxed);
    revoke(
        bias, kOwners, [&](std::size_t owner) -> const auto& { return owners[owner].turn; });
    for (Owner& owner : owners) moved += std::exchange(owner.count, 0);
    forbidden.store(false, kRelease);
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  std::uint64_t done = 0;
  for (const Owner& owner : owners) moved += owner.count, done += owner.done;
  EXPECT_EQ(moved, done);
}

}  // namespace temporal_slab::sync
