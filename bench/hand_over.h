// Two threads that give each other batches: what one allocated the other frees.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "bench/spin.h"

namespace temporal_slab::bench {

// Each thread fills a buffer of its own, says so with one store, waits until the
// other has filled its buffer and reads that. With two buffers each in turn nobody
// waits for a reader: the other's batch n + 1 is filled only after it has read
// batch n, and this thread waits for that before it fills batch n + 2.
template <class Item>
class HandOver {
 public:
  explicit HandOver(unsigned batch) {
    for (Side& side : sides_)
      for (auto& buffer : side.buffers) buffer.resize(batch);
  }

  std::vector<Item>& to_fill(unsigned thread) {
    Side& side = sides_[thread];
    return side.buffers[side.filled.load(std::memory_order_relaxed) % 2];
  }

  // Gives what to_fill named and returns the other's, which stays as it is until
  // this thread's next exchange.
  const std::vector<Item>& exchange(unsigned thread) {
    Side& mine = sides_[thread];
    Side& other = sides_[1 - thread];
    const std::uint64_t batches = mine.filled.load(std::memory_order_relaxed) + 1;
    mine.filled.store(batches, std::memory_order_release);
    // The other may be one batch ahead.
    spin_until([&] { return other.filled.load(std::memory_order_acquire) >= batches; });
    return other.buffers[(batches - 1) % 2];
  }

  // At least so many operations by one of the threads: fills and gives batches, and uses the
  // other's. Returns how many.
  template <class Fill, class Use>
  std::uint64_t run(unsigned thread, std::uint64_t operations, Fill fill, Use use) {
    std::uint64_t done = 0;
    while (done < operations) {
      fill(to_fill(thread));
      const std::vector<Item>& items = exchange(thread);
      use(items);
      done += items.size();
    }
    return done;
  }

 private:
  // 128: processors fetch lines in pairs.
  struct alignas(128) Side {
    std::atomic<std::uint64_t> filled{0};
    std::vector<Item> buffers[2];
  };

  Side sides_[2];
};

}  // namespace temporal_slab::bench
