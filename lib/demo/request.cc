#include "demo/request.h"

#include <cerrno>
#include <cstring>
#include <system_error>

namespace temporal_slab::demo {
namespace {

// The caller holds the ring's mutex until it has entered: nobody else opens an
// epoch meanwhile, and the exits of other requests close theirs and not this one.
EpochId open_epoch(Allocator& allocator, const std::string& label) {
  allocator.advance();
  const EpochId epoch = allocator.current_epoch();
  allocator.set_label(epoch, label);
  return epoch;
}

}  // namespace

Request::Request(Ring& ring, const std::string& label) {
  const std::lock_guard lock(ring.mutex);
  domain_.emplace(ring.allocator, open_epoch(ring.allocator, label), true);
  scope_.emplace(*domain_);
}

void leak_epoch(Ring& ring, const std::string& label) {
  const std::lock_guard lock(ring.mutex);
  const EpochId epoch = open_epoch(ring.allocator, label);
  Domain job(ring.allocator, epoch, true);
  Domain retry(ring.allocator, epoch, true);
  if (!job.enter() || !retry.enter())
    throw std::system_error(errno, std::generic_category(), "entering a domain");

  // The job's memory: while it lives, so does its slab.
  void* const note = ring.allocator.allocate(label.size() + 1);
  if (note == nullptr) throw std::system_error(errno, std::generic_category(), "slab_malloc");
  std::memcpy(note, label.c_str(), label.size() + 1);
  // No exit: a domain that is entered outlives its owner, as long as the allocator.
}

}  // namespace temporal_slab::demo
