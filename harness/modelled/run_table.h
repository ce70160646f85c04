// Addresses of the modelled library -> what the run knows of them. Open addressing, emptied for
// each run by its number; allocates only while it grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace temporal_slab::modelled {

template <typename Value>
class RunTable {
 public:
  // The value at a key, made anew (Value{}) if this run has none.
  Value& at(std::uintptr_t key, std::uint64_t run) {
    begin(run);
    Entry& entry = find(key);
    if (entry.run != run) {
      entry = {key, run, Value{}};
      keys_.push_back(key);
      if (keys_.size() * 2 > entries_.size()) {
        grow();
        return find(key).value;
      }
    }
    return entry.value;
  }

  // The value at a key that this run has, or nullptr.
  const Value* known(std::uintptr_t key, std::uint64_t run) {
    begin(run);
    const Entry& entry = find(key);
    return entry.run == run ? &entry.value : nullptr;
  }

  // Forgets the values of all keys from `low` up to, not with, `high`.
  void forget(std::uintptr_t low, std::uintptr_t high, std::uintptr_t step, std::uint64_t run) {
    if (run != run_) return;
    if ((high - low) / step > keys_.size()) {
      for (const std::uintptr_t key : keys_)
        if (key >= low && key < high) find(key).value = Value{};
      return;
    }
    for (std::uintptr_t key = low / step * step; key < high; key += step)
      if (Entry& entry = find(key); entry.run == run) entry.value = Value{};
  }

 private:
  struct Entry {
    std::uintptr_t key = 0;
    std::uint64_t run = 0;
    Value value{};
  };

  void begin(std::uint64_t run) {
    if (run_ == run) return;
    run_ = run;
    keys_.clear();
  }

  Entry& find(std::uintptr_t key) {
    const std::size_t mask = entries_.size() - 1;
    std::size_t i = (key * 0x9E3779B97F4A7C15ULL) >> 32 & mask;
    while (entries_[i].run == run_ && entries_[i].key != key) i = (i + 1) & mask;
    return entries_[i];
  }

  void grow() {
    std::vector<Entry> old = std::exchange(entries_, std::vector<Entry>(entries_.size() * 2));
    for (Entry& entry : old)
      if (entry.run == run_) find(entry.key) = std::move(entry);
  }

  std::vector<Entry> entries_ = std::vector<Entry>(1U << 12);
  std::uint64_t run_ = 0;
  std::vector<std::uintptr_t> keys_;  // of this run
};

}  // namespace temporal_slab::modelled
