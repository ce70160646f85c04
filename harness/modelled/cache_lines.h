// Which lines of memory the threads of a run touch in the parts of it that are asked about: what
// one thread writes there and another touches makes both wait for each other, lock or not.
//
// Lines of the modelled library are those of the library itself: sync/ has the same sizes here
// (primitives.h), layout_test.sh compares the structures, and mappings begin where they do.
// Not seen: what memcpy touches, and each thread's own stack and errno.
#pragma once

#include <temporal_slab/slab_alloc.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "temporal_slab_explorer/engine.h"

namespace temporal_slab::modelled {

inline constexpr std::size_t kLineBytes = 64;

// Outlives runs, because a run that fails is left where it stands.
class CacheLines final : public explorer::Listener {
 public:
  // A run begins; nothing is asked about yet.
  void begin_run();

  // What the calling thread does between these is part of what is asked about.
  void begin();
  void end();

  // A line that one thread wrote and another touched. The allocator is the one that the run used.
  struct Shared {
    int writer;
    std::string place;  // what of the library it is that was written
    std::string text;   // that, and who touched it where
  };
  std::vector<Shared> shared(SlabAllocator* allocator) const;
  // Where a thread took a mutex; "" if it took none.
  std::string locked(int thread) const;
  std::size_t written() const;  // lines

  void on_step(int thread, explorer::Op op, const explorer::ObjectInfo& object,
               explorer::Where where) override;

 private:
  struct Touch {
    const void* address = nullptr;  // nullptr: not touched
    explorer::Where where;
    bool plain = false;
  };
  struct Line {
    std::array<Touch, explorer::kMaxThreads> written;
    std::array<Touch, explorer::kMaxThreads> read;
  };

  std::map<std::uintptr_t, Line> lines_;
  std::uint32_t asked_ = 0;   // a bit a thread
  std::uint32_t locked_ = 0;  // likewise
  std::array<explorer::Where, explorer::kMaxThreads> locked_at_;
};

}  // namespace temporal_slab::modelled
