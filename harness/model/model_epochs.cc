// The ring, references and labels of the model.
#include <cerrno>
#include <numeric>

#include "harness/model/label.h"
#include "harness/model/model.h"

namespace temporal_slab::harness::model {
namespace {

bool is_epoch(std::uint32_t epoch) { return epoch < kEpochs; }

std::uint64_t sum(const PerClass& figures) {
  return std::accumulate(figures.begin(), figures.end(), std::uint64_t{0});
}

}  // namespace

// R-2.2-2: the next without references; R-2.2-3: else the one with the oldest
// era, among equals (never opened) the nearest.
std::uint32_t Model::next() const {
  std::uint32_t oldest = (current_ + 1) % kEpochs;
  for (std::uint32_t i = 1; i < kEpochs; ++i) {
    const std::uint32_t candidate = (current_ + i) % kEpochs;
    if (epochs_[candidate].refs == 0) return candidate;
    if (epochs_[candidate].era < epochs_[oldest].era) oldest = candidate;
  }
  return oldest;
}

// Returns how many objects a discard freed (R-2.2-9): those of the incarnation,
// not the carried ones.
std::uint64_t Model::leave(std::uint32_t epoch, bool discard) {
  Incarnation& left = epochs_[epoch];
  const std::uint64_t freed = discard ? sum(left.live) : 0;
  if (discard)
    for (Object& object : objects_)
      if (object.live && object.epoch == epoch && object.era == left.era) bury(object);
  if (left.active) {
    left.active = false;
    ++counters_.epochs_closed;
    if (sum(left.live) == 0) ++counters_.epochs_drained_at_close;
  }
  return freed;
}

std::uint64_t Model::advance(bool discard) {
  const std::uint32_t left = current_;
  current_ = next();
  Incarnation& taken = epochs_[current_];
  if (taken.refs != 0) {  // R-2.2-3
    counters_.abandoned_refs += taken.refs;
    abandoned_.push_back({current_, taken.era, taken.label, taken.refs});
    if (abandoned_.size() > kAbandonedKept) abandoned_.pop_front();
  }
  Incarnation fresh;  // R-2.2-1: ACTIVE, label "", refcount 0
  fresh.era = ++last_era_;
  for (std::uint32_t i = 0; i < kClasses; ++i) fresh.carried[i] = taken.carried[i] + taken.live[i];
  fresh.carried_large_bytes = taken.carried_large_bytes + taken.large_bytes;
  taken = fresh;
  return leave(left, discard);
}

// R-2.2-5: there always is an ACTIVE current epoch.
std::uint64_t Model::close(std::uint32_t epoch, bool discard) {
  return epoch == current_ ? advance(discard) : leave(epoch, discard);
}

Answer Model::advance() {
  advance(false);
  return Answer::ok();
}

Answer Model::close(std::uint32_t epoch) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  close(epoch, false);
  return Answer::ok();
}

// R-2.3-4
Answer Model::try_close(std::uint32_t epoch) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  if (epochs_[epoch].refs != 0) return Answer::refuse(EBUSY);
  close(epoch, false);
  return Answer::ok(1);
}

Answer Model::discard(std::uint32_t epoch) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  return Answer::ok(close(epoch, true));
}

Answer Model::era(std::uint32_t epoch) const {
  return is_epoch(epoch) ? Answer::ok(epochs_[epoch].era) : Answer::refuse(EINVAL);
}

Answer Model::state(std::uint32_t epoch) const {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL, 1);
  return Answer::ok(epochs_[epoch].active ? 0 : 1);
}

// R-2.4-1; NULL is ignored.
Answer Model::set_label(std::uint32_t epoch, std::optional<std::string_view> bytes) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  if (bytes) epochs_[epoch].label = clean_label(*bytes);
  return Answer::ok();
}

Answer Model::label_length(std::uint32_t epoch) const {
  return is_epoch(epoch) ? Answer::ok(epochs_[epoch].label.size()) : Answer::refuse(EINVAL);
}

Answer Model::inc(std::uint32_t epoch) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  ++epochs_[epoch].refs;
  return Answer::ok();
}

// R-2.3-1: never below 0. Returns false there.
bool Model::drop(std::uint32_t epoch) {
  if (epochs_[epoch].refs == 0) {
    ++counters_.refcount_underflows;
    return false;
  }
  --epochs_[epoch].refs;
  return true;
}

Answer Model::dec(std::uint32_t epoch) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  drop(epoch);
  return Answer::ok();
}

Answer Model::refcount(std::uint32_t epoch) const {
  return is_epoch(epoch) ? Answer::ok(epochs_[epoch].refs) : Answer::refuse(EINVAL);
}

// R-2.3-2
Answer Model::acquire() {
  ++epochs_[current_].refs;
  return Answer::ok();
}

Answer Model::release(std::uint32_t epoch, std::uint64_t era) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  if (!stands(epoch, era)) {
    ++counters_.stale_releases;
    return Answer::refuse(ESTALE);
  }
  return drop(epoch) ? Answer::ok(1) : Answer::refuse(EINVAL);
}

}  // namespace temporal_slab::harness::model
