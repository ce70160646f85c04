// The domains of the model, and its hash.
#include <cerrno>

#include "harness/model/model.h"

namespace temporal_slab::harness::model {

// R-2.5-1: no effect on the ring, the refcount or the state.
Answer Model::domain_create(ThreadId thread) { return domain_wrap(thread, current_, false); }

Answer Model::domain_wrap(ThreadId thread, std::uint32_t epoch, bool auto_close) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  domains_.push_back({epoch, epochs_[epoch].era, thread, auto_close, false, 0, false});
  return Answer::ok(1);
}

Answer Model::foreign_domain(ThreadId thread) {
  domains_.push_back({0, 0, thread, false, true, 0, false});
  return Answer::ok(1);
}

Answer Model::domain_enter(ThreadId thread, DomainId id) {
  Domain& domain = domains_.at(id);
  if (domain.thread != thread) return Answer::refuse(EPERM);
  std::vector<DomainId>& stack = stacks_[thread];
  const bool gone = !domain.foreign && !stands(domain.epoch, domain.era);
  if (stack.size() == kMaxDepth) {
    const Answer too_deep = Answer::refuse(EOVERFLOW);
    return gone ? too_deep.and_allow(ESTALE) : too_deep;
  }
  if (gone) return Answer::refuse(ESTALE);
  if (domain.depth++ == 0 && !domain.foreign) take(thread, domain.epoch);
  stack.push_back(id);
  return Answer::ok(1);
}

// The scope is left also when its incarnation was taken over, or somebody else
// dropped its reference; both are counted.
Answer Model::domain_exit(ThreadId thread, DomainId id) {
  Domain& domain = domains_.at(id);
  if (domain.thread != thread) return Answer::refuse(EPERM);
  std::vector<DomainId>& stack = stacks_[thread];
  if (domain.depth == 0 || stack.empty() || stack.back() != id) return Answer::refuse(EINVAL);
  stack.pop_back();
  if (--domain.depth != 0 || domain.foreign) return Answer::ok(1);
  if (!stands(domain.epoch, domain.era)) {
    ++counters_.stale_releases;
    return Answer::ok(1);
  }
  drop(thread, domain.epoch);
  // R-2.5-4: at 0 it is closed, whoever dropped the last reference.
  if (domain.auto_close && epochs_[domain.epoch].refs == 0 && epochs_[domain.epoch].active)
    close(domain.epoch, false);
  return Answer::ok(1);
}

Answer Model::domain_destroy(ThreadId thread, DomainId id) {
  Domain& domain = domains_.at(id);
  if (domain.thread != thread) return Answer::refuse(EPERM);
  if (domain.depth != 0) return Answer::refuse(EBUSY);
  domain.destroyed = true;
  return Answer::ok(1);
}

Answer Model::domain_force_close(ThreadId thread, DomainId id) {
  const Domain& domain = domains_.at(id);
  if (domain.thread != thread) return Answer::refuse(EPERM);
  if (domain.foreign) return Answer::ok(1);
  if (!stands(domain.epoch, domain.era)) return Answer::refuse(ESTALE);
  return close(domain.epoch, false) ? Answer::ok(1) : Answer::refuse(EAGAIN);
}

// R-2.5-3
std::optional<DomainId> Model::domain_current(ThreadId thread) const {
  const auto stack = stacks_.find(thread);
  if (stack == stacks_.end() || stack->second.empty()) return std::nullopt;
  return stack->second.back();
}

std::size_t Model::hash() const {
  std::uint64_t state = 0xCBF29CE484222325;  // FNV-1a over words
  const auto mix = [&state](std::uint64_t word) { state = (state ^ word) * 0x100000001B3; };
  mix(current_);
  mix(last_era_);
  for (const Incarnation& e : epochs_) {
    mix(e.era << 1 | (e.active ? 1u : 0u));
    mix(e.refs);
    mix(std::hash<std::string>()(e.label));
    for (std::uint32_t i = 0; i < kClasses; ++i) mix(e.live[i] << 32 | e.carried[i]);
  }
  for (const Object& o : objects_) mix(o.era << 16 | o.epoch << 8 | o.class_index << 1 | o.live);
  for (const Domain& d : domains_) mix(d.era << 16 | d.epoch << 8 | d.depth << 1 | d.destroyed);
  mix(counters_.invalid_frees);
  mix(counters_.stale_frees);
  mix(counters_.refcount_underflows);
  mix(counters_.stale_releases);
  mix(counters_.abandoned_refs);
  return static_cast<std::size_t>(state);
}

}  // namespace temporal_slab::harness::model
