// The ring, references and labels of the model.
#include <cerrno>
#include <numeric>

#include "harness/model/label.h"
#include "harness/model/model.h"

namespace temporal_slab::harness::model {
namespace {

std::uint64_t sum(const PerClass& figures) {
  return std::accumulate(figures.begin(), figures.end(), std::uint64_t{0});
}

}  // namespace

// R-2.2-2: the next without references, the current one last; R-2.2-3: else the one with
// the oldest era, among equals (never opened) the nearest, if it is old enough.
std::optional<std::uint32_t> Model::next() const {
  std::optional<std::uint32_t> oldest;
  for (std::uint32_t i = 1; i <= epoch_count(); ++i) {
    const std::uint32_t candidate = (current_ + i) % epoch_count();
    if (epochs_[candidate].refs == 0) return candidate;
    if (candidate != current_ && takes_over_ &&
        (!oldest || epochs_[candidate].era < epochs_[*oldest].era))
      oldest = candidate;
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

std::optional<std::uint64_t> Model::advance(bool discard, bool for_a_scope) {
  const std::uint32_t left = current_;
  const std::optional<std::uint32_t> taken_place = next();
  if (!taken_place) {
    ++counters_.advances_held;
    return std::nullopt;
  }
  current_ = *taken_place;
  current_used_ = false;
  // Opened anew in place it is left first, and what stays in it is carried.
  const std::uint64_t freed = current_ == left ? leave(left, discard) : 0;
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
  // R-2.2-10: a scope that opens closes no other.
  if (for_a_scope && epochs_[left].refs != 0) return 0;
  return current_ == left ? freed : leave(left, discard);
}

// R-2.2-5: there always is an ACTIVE current epoch.
std::optional<std::uint64_t> Model::close(std::uint32_t epoch, bool discard) {
  return epoch == current_ ? advance(discard) : leave(epoch, discard);
}

Answer Model::advance() { return advance(false) ? Answer::ok() : Answer::refuse(EAGAIN); }

Answer Model::close(std::uint32_t epoch) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  return close(epoch, false) ? Answer::ok() : Answer::refuse(EAGAIN);
}

// R-2.3-4; with no reference on it the ring is not held.
Answer Model::try_close(std::uint32_t epoch) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  if (epochs_[epoch].refs != 0) return Answer::refuse(EBUSY);
  close(epoch, false);
  return Answer::ok(1);
}

Answer Model::discard(std::uint32_t epoch) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  const std::optional<std::uint64_t> freed = close(epoch, true);
  return freed ? Answer::ok(*freed) : Answer::refuse(EAGAIN);
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

void Model::take(ThreadId thread, std::uint32_t epoch) {
  ++epochs_[epoch].refs;
  ++epochs_[epoch].held[thread];
}

Answer Model::inc(ThreadId thread, std::uint32_t epoch) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  take(thread, epoch);
  return Answer::ok();
}

// R-2.3-1: never below 0. Returns false there.
bool Model::drop(ThreadId thread, std::uint32_t epoch) {
  Incarnation& of = epochs_[epoch];
  if (of.refs == 0) {
    ++counters_.refcount_underflows;
    return false;
  }
  --of.refs;
  if (std::uint64_t& own = of.held[thread]; own != 0)
    --own;
  else
    of.holders_known = false;
  return true;
}

// R-2.3-6
Answer Model::drop_of(Taker taker, std::uint32_t epoch) {
  Incarnation& of = epochs_[epoch];
  std::uint64_t& held = of.held[taker.thread];
  const bool has = held != 0 && taker.opens == of.opens;
  if (of.refs == 0 || (!has && of.holders_known)) {
    ++counters_.refcount_underflows;
    return Answer::refuse(EINVAL);
  }
  --of.refs;
  if (has) --held;
  return Answer::ok(1);
}

Answer Model::dec(ThreadId thread, std::uint32_t epoch) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  drop(thread, epoch);
  return Answer::ok();
}

Answer Model::refcount(std::uint32_t epoch) const {
  return is_epoch(epoch) ? Answer::ok(epochs_[epoch].refs) : Answer::refuse(EINVAL);
}

// R-2.3-2
Answer Model::acquire(ThreadId thread) {
  take(thread, current_);
  return Answer::ok();
}

Answer Model::release(ThreadId thread, std::uint32_t epoch, std::uint64_t era,
                      std::optional<Taker> taker) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  if (!stands(epoch, era)) {
    ++counters_.stale_releases;
    return Answer::refuse(ESTALE);
  }
  if (taker) return drop_of(*taker, epoch);
  return drop(thread, epoch) ? Answer::ok(1) : Answer::refuse(EINVAL);
}

Answer Model::dup(ThreadId thread, std::uint32_t epoch, std::uint64_t era) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  if (!stands(epoch, era)) return Answer::refuse(ESTALE);
  take(thread, epoch);
  return Answer::ok(1);
}

// R-2.2-10
Answer Model::open(ThreadId thread, std::string_view label) {
  Incarnation& current = epochs_[current_];
  const bool fresh = !current_used_ && current.label.empty() && current.refs == 0;
  if (fresh) {
    current.held.clear();
    current.holders_known = true;
    ++current.opens;
  }
  // Held, it is a reference on what stands, and the label stays, too.
  if (fresh || advance(false, true)) epochs_[current_].label = clean_label(label);
  take(thread, current_);
  return Answer::ok(1);
}

Answer Model::finish(ThreadId thread, std::uint32_t epoch, std::uint64_t era,
                     std::optional<Taker> taker, Finish how) {
  const Answer dropped = release(thread, epoch, era, taker);
  if (!dropped.allows(0)) return dropped;
  Incarnation& of = epochs_[epoch];
  if (how == Finish::kKeep || of.refs != 0) return Answer::ok(0);
  if (how == Finish::kClose && !of.active) return Answer::ok(0);
  close(epoch, how == Finish::kDiscard);
  return Answer::ok(1);
}

// R-2.2-11
Answer Model::alloc_ref(std::uint64_t size, std::uint32_t epoch, std::uint64_t era, int seen) {
  if (!is_epoch(epoch) || size == 0) return Answer::refuse(EINVAL);
  if (!stands(epoch, era)) {
    const Answer gone = Answer::refuse(ESTALE);
    return size > kMostBytes ? gone.and_allow(ENOMEM) : gone;
  }
  return alloc_epoch(size, epoch, seen);
}

Answer Model::set_label_ref(std::uint32_t epoch, std::uint64_t era, std::string_view bytes) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  if (!stands(epoch, era)) return Answer::refuse(ESTALE);
  set_label(epoch, bytes);
  return Answer::ok(1);
}

Answer Model::close_ref(std::uint32_t epoch, std::uint64_t era) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  if (!stands(epoch, era)) return Answer::refuse(ESTALE);
  return close(epoch, false) ? Answer::ok(1) : Answer::refuse(EAGAIN);
}

Answer Model::discard_ref(std::uint32_t epoch, std::uint64_t era) {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL);
  return stands(epoch, era) ? discard(epoch) : Answer::refuse(ESTALE);
}

Answer Model::state_ref(std::uint32_t epoch, std::uint64_t era) const {
  if (!is_epoch(epoch)) return Answer::refuse(EINVAL, 1);
  return stands(epoch, era) ? state(epoch) : Answer::refuse(ESTALE, 1);
}

}  // namespace temporal_slab::harness::model
