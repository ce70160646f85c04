// Allocators that are used through malloc and free, beside mimalloc, as far as they are installed.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "bench/workload.h"

namespace temporal_slab::bench {

struct MallocPeer {
  const char* name;
  void* (*allocate)(std::size_t bytes);
  void (*free)(void* object);
};

// glibc's own, whoever took its names over in this process; jemalloc and tcmalloc.
std::vector<MallocPeer> other_peers();

std::unique_ptr<Workload> make_peer_objects(const MallocPeer& peer, unsigned batch);
std::unique_ptr<Workload> make_peer_requests(const MallocPeer& peer);

}  // namespace temporal_slab::bench
