// A request: 200 objects of mixed sizes, in a fixed order, with a word written in each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "bench/workload.h"

namespace temporal_slab::bench {

inline constexpr unsigned kRequestObjects = 200;

// 16 to 2048 bytes, small ones most often: a power of two drawn evenly, then a size up to it.
constexpr std::array<std::uint32_t, kRequestObjects> make_request_sizes() {
  std::array<std::uint32_t, kRequestObjects> sizes{};
  std::uint32_t state = 12345;
  const auto draw = [&state](std::uint32_t below) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % below;
  };
  for (std::uint32_t& size : sizes) {
    const std::uint32_t most = std::uint32_t{32} << draw(7);
    size = most / 2 + 1 + draw(most / 2);
  }
  return sizes;
}
inline constexpr auto kRequestSizes = make_request_sizes();

struct RequestKind {
  unsigned an_epoch = 1;         // requests that share an epoch
  bool frees_each = false;       // each object before the epoch is closed; else it is discarded
  std::size_t retain_bytes = 0;  // 0: the default
};

// An operation is one request.
std::unique_ptr<Workload> make_slab_requests(const RequestKind& kind);
std::unique_ptr<Workload> make_mimalloc_requests();  // allocated and freed

}  // namespace temporal_slab::bench
