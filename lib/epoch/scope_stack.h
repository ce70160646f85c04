// The domains that a thread is in, innermost last (R-2.5-2, R-2.5-3).
//
// Threads. One stack a thread (heap/thread_heaps.h); nobody else touches it. An entry copies what
// others look up, so that a domain of an allocator that was freed meanwhile is
// never followed.
#pragma once

#include <array>
#include <cstdint>

struct epoch_domain;

namespace temporal_slab::epoch {

inline constexpr std::uint32_t kMaxDepth = 32;

struct Scope {
  epoch_domain* domain;
  std::uint64_t allocator_id;
  std::uint32_t epoch;
  std::uint64_t era;
};

class ScopeStack {
 public:
  bool full() const { return depth_ == kMaxDepth; }
  void push(const Scope& scope) { scopes_[depth_++] = scope; }
  void pop() { --depth_; }

  // nullptr if the thread is in no domain.
  const Scope* innermost() const { return depth_ == 0 ? nullptr : &scopes_[depth_ - 1]; }

  // The innermost scope of one allocator; nullptr if the thread is in none.
  const Scope* innermost_of(std::uint64_t allocator_id) const {
    for (std::uint32_t i = depth_; i-- > 0;)
      if (scopes_[i].allocator_id == allocator_id) return &scopes_[i];
    return nullptr;
  }

  // Forgets the scopes of an allocator that is being freed.
  void drop(std::uint64_t allocator_id) {
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < depth_; ++i)
      if (scopes_[i].allocator_id != allocator_id) scopes_[kept++] = scopes_[i];
    depth_ = kept;
  }

 private:
  std::array<Scope, kMaxDepth> scopes_{};
  std::uint32_t depth_ = 0;
};

// A number of the calling thread that no other thread of the process has or had.
std::uint64_t this_thread_id();

}  // namespace temporal_slab::epoch
