// All published allocators at one moment, as `serve` answers with them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "render/prometheus.h"
#include "stats/discovery.h"
#include "stats/snapshot.h"

namespace temporal_slab::tslab {

struct Scrape {
  struct Allocator {
    std::uint32_t segment = 0;
    std::optional<uid_t> user;  // of another user, for root
    stats::Snapshot snapshot;
  };
  // Of processes that live, or of which that is not known; by user, pid and segment.
  std::vector<Allocator> allocators;

  // What costs its own rows and is counted instead.
  std::size_t dead = 0;                        // its process has ended
  std::size_t damaged = 0;                     // it cannot be read
  std::size_t vanished = 0;                    // it went while it was being read
  std::map<std::string, std::size_t> unknown;  // of `allocators`, by reason
};

// False with one line of `error`: they cannot even be listed.
bool scrape_published(Scrape* out, std::string* error);

// Reads those that were listed just now.
Scrape scrape_listed(const std::vector<stats::Published>& list);

// The exposition: the series of each, and PREFIX_segments.
std::string metrics_of(const Scrape& scrape, const render::PrometheusOptions& options);

// One snapshot a line.
std::string json_of(const Scrape& scrape);

}  // namespace temporal_slab::tslab
