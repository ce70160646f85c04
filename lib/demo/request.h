// A request: a unit of work with an epoch, a label and a domain of its own.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <temporal_slab/temporal_slab.hpp>

namespace temporal_slab::demo {

// Where requests begin. One at a time turns the ring, so that the epoch it then
// labels and enters is the one that it opened.
struct Ring {
  Allocator& allocator;
  std::mutex mutex;
};

// Opens an epoch, labels it, and stays inside it until destroyed, on one thread.
// Its exit closes the epoch, and so gives back the slabs that are empty by then;
// destroy what was allocated first.
//
// An allocation goes to this epoch until the next request turns the ring, then to
// that one's: an epoch groups what is born at one time, not what one request owns.
class Request {
 public:
  // Throws std::system_error.
  Request(Ring& ring, const std::string& label);

 private:
  std::optional<Domain> domain_;
  std::optional<DomainScope> scope_;
};

// What a bug looks like: opens an epoch, labels it, enters it with two domains, and
// forgets to leave. The two references stand until the allocator is freed.
void leak_epoch(Ring& ring, const std::string& label);

}  // namespace temporal_slab::demo
