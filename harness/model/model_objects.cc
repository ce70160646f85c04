// The objects of the model.
#include <cerrno>

#include "harness/model/model.h"

namespace temporal_slab::harness::model {

std::uint32_t class_for(std::uint64_t size) {
  std::uint32_t index = 0;
  while (index < kLargeClass && kSlotClasses[index].bytes < size) ++index;
  return index;
}

std::uint64_t usable_for(std::uint64_t size) {
  const std::uint32_t index = class_for(size);
  if (index != kLargeClass) return kSlotClasses[index].bytes;
  return (size + kPageBytes - 1) / kPageBytes * kPageBytes;
}

std::uint64_t slab_bytes_for(std::uint64_t size) {
  const std::uint32_t index = class_for(size);
  return index == kLargeClass ? usable_for(size) : kSlotClasses[index].slab_bytes();
}

Answer Model::allocate(std::uint64_t size, std::uint32_t epoch, int seen) {
  if (size > kMostBytes) {
    // Which of two reasons is told first is left open.
    const Answer too_large = Answer::refuse(ENOMEM);
    return epochs_[epoch].active ? too_large : too_large.and_allow(ESTALE);
  }
  if (!epochs_[epoch].active) return Answer::refuse(ESTALE);  // R-2.2-8
  const Answer answer =
      may_lack_memory_ ? Answer::ok().and_allow(ENOMEM) : Answer::ok();  // R-2.1-10
  if (seen == 0) {
    const std::uint32_t class_index = class_for(size);
    objects_.push_back({epoch, epochs_[epoch].era, class_index, true, usable_for(size)});
    ++epochs_[epoch].live[class_index];
    if (class_index == kLargeClass) epochs_[epoch].large_bytes += usable_for(size);
    ++counters_.allocs[class_index];
    current_used_ = current_used_ || epoch == current_;
  }
  return answer;
}

Answer Model::alloc_epoch(std::uint64_t size, std::uint32_t epoch, int seen) {
  if (!is_epoch(epoch) || size == 0) return Answer::refuse(EINVAL);
  return allocate(size, epoch, seen);
}

// The innermost domain's incarnation while that is ACTIVE, else the current epoch.
std::uint32_t Model::malloc_epoch(ThreadId thread) const {
  const auto stack = stacks_.find(thread);
  if (stack == stacks_.end()) return current_;
  for (std::size_t i = stack->second.size(); i-- > 0;) {
    const Domain& domain = domains_[stack->second[i]];
    if (domain.foreign) continue;
    const bool takes = stands(domain.epoch, domain.era) && epochs_[domain.epoch].active;
    return takes ? domain.epoch : current_;
  }
  return current_;
}

Answer Model::malloc(ThreadId thread, std::uint64_t size, int seen) {
  return size == 0 ? Answer::refuse(EINVAL) : allocate(size, malloc_epoch(thread), seen);
}

// Stays in the object's own incarnation; CLOSING or gone it may only shrink or stay.
Answer Model::realloc(ObjectId id, std::uint64_t size, int seen) {
  if (size == 0) return Answer::refuse(EINVAL);
  const Object object = objects_.at(id);
  if (size <= object.bytes) {
    cut(objects_[id], size);
    return Answer::ok();
  }
  if (!stands(object.epoch, object.era)) {
    const Answer gone = Answer::refuse(ESTALE);
    return size > kMostBytes ? gone.and_allow(ENOMEM) : gone;
  }
  const Answer answer = allocate(size, object.epoch, seen);
  if (answer.allows(0) && seen == 0) bury(objects_[id]);
  return answer;
}

// A larger object keeps the whole pages that it still needs.
void Model::cut(Object& object, std::uint64_t size) {
  if (object.class_index != kLargeClass) return;
  const std::uint64_t kept = (size + kPageBytes - 1) / kPageBytes * kPageBytes;
  Incarnation& place = epochs_[object.epoch];
  (place.era == object.era ? place.large_bytes : place.carried_large_bytes) -= object.bytes - kept;
  object.bytes = kept;
}

Answer Model::realloc_dead(bool was_ours, std::uint64_t size, int seen) {
  if (size == 0) return Answer::refuse(EINVAL);
  return free_dead_pointer(was_ours, seen);
}

void Model::bury(Object& object) {
  object.live = false;
  Incarnation& place = epochs_[object.epoch];
  const bool stands = place.era == object.era;
  --(stands ? place.live : place.carried)[object.class_index];
  if (object.class_index == kLargeClass)
    (stands ? place.large_bytes : place.carried_large_bytes) -= object.bytes;
  ++counters_.frees[object.class_index];
}

void Model::refused_free(int error) {
  ++(error == ESTALE ? counters_.stale_frees : counters_.invalid_frees);
}

Answer Model::free(ObjectId id) {
  Object& object = objects_.at(id);
  if (!object.live) {
    refused_free(ESTALE);
    return Answer::refuse(ESTALE);
  }
  bury(object);
  return Answer::ok(1);
}

Answer Model::free_forged() {
  refused_free(EINVAL);
  return Answer::refuse(EINVAL);
}

// A pointer has no generation: where an object of ours was freed it may be told
// as that or, when its page serves another class now, as no object's address.
Answer Model::free_dead_pointer(bool was_ours, int seen) {
  const Answer answer = usable_size_dead(was_ours);
  if (answer.allows(seen)) refused_free(seen);
  return answer;
}

Answer Model::usable_size(ObjectId object) const { return Answer::ok(objects_.at(object).bytes); }

Answer Model::usable_size_dead(bool was_ours) {
  const Answer answer = Answer::refuse(EINVAL);
  return was_ours ? answer.and_allow(ESTALE) : answer;
}

std::uint64_t Model::live_objects() const {
  std::uint64_t live = 0;
  for (std::uint32_t i = 0; i < kClasses; ++i) live += counters_.allocs[i] - counters_.frees[i];
  return live;
}

}  // namespace temporal_slab::harness::model
