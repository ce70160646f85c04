#include "harness/modelled/mechanisms/references_spec.h"

namespace temporal_slab::modelled::references {

using Guard = std::lock_guard<sync::Mutex>;
using Drop = epoch::References::Drop;

SubjectBase::SubjectBase(sync::Bias::Payer payer)
    : references_(mutex_, sync::Bias(payer), table_, places_, kEpochs) {}

Answer SubjectBase::advance() {
  const Guard guard(mutex_);
  const References::Advance done = references_.advance_locked();
  return {done.opened.era * 16 + done.opened.epoch, done.abandoned};
}

std::uint64_t SubjectBase::close(std::uint32_t epoch) {
  const Guard guard(mutex_);
  if (table_.current.load(sync::kRelaxed) % 16 != epoch) {  // current() would make a fence
    references_.close_locked(epoch);
    return 0;
  }
  const References::Incarnation opened = references_.advance_locked().opened;
  return opened.era * 16 + opened.epoch;
}

Answer SubjectBase::release_and_close(const Own& own) {
  if (own.place != nullptr && references_.release_of_several(*own.place, own.reference)) return {};
  const Guard guard(mutex_);
  const References::DropAndClose done =
      references_.release_and_close_locked(own.place, own.reference);
  const References::Incarnation& opened = done.advance.opened;
  std::uint64_t closed = done.closed ? 1 : 0;
  if (done.advanced) closed += opened.era * 16 + opened.epoch;
  return {static_cast<std::uint64_t>(done.drop), closed};
}

Answer SubjectBase::apply(const Call& call) {
  Own& own = own_.at(call.thread);
  switch (call.make) {
    case Make::kJoin: {
      const Guard guard(mutex_);
      own_.at(call.a).place = references_.join_locked();
      return {};
    }
    case Make::kLeave: {
      const Guard guard(mutex_);
      references_.leave_locked(*own.place);
      own.place = nullptr;
      return {};
    }
    case Make::kInc:
      references_.inc(own.place, call.a);
      return {};
    case Make::kDec:
      return {references_.dec(own.place, call.a) ? 1U : 0U, 0};
    case Make::kGet: {
      const Guard guard(mutex_);
      return {references_.get_locked(call.a), 0};
    }
    case Make::kAcquire:
      own.reference = references_.acquire(own.place);
      return {own.reference.epoch, own.reference.era};
    case Make::kAcquireAgain:
      return {references_.acquire_standing(own.place, own.reference) ? 1U : 0U, 0};
    case Make::kRelease:
      return {static_cast<std::uint64_t>(references_.release(own.place, own.reference)), 0};
    case Make::kReleaseShared:
      return {static_cast<std::uint64_t>(references_.release(own.place, own_.at(call.a).reference)),
              0};
    case Make::kReleaseAndClose:
      return release_and_close(own);
    case Make::kAdvance:
      return advance();
    case Make::kClose:
      return {close(call.a), 0};
    case Make::kTryClose: {
      const Guard guard(mutex_);
      References::DropAndClose done{Drop::kNone, false, false, {}};
      if (!references_.try_close_locked(call.a, &done)) return {0, 0};
      const References::Incarnation& opened = done.advance.opened;
      return {1, done.advanced ? opened.era * 16 + opened.epoch : 0};
    }
    case Make::kEra:
      return {references_.era(call.a), 0};
    case Make::kActive:
      return {references_.is_active(call.a) ? 1U : 0U, 0};
    case Make::kCurrent: {
      const References::Incarnation here = references_.current();
      return {here.epoch, here.era};
    }
    case Make::kCount:
      break;
  }
  return {};
}

}  // namespace temporal_slab::modelled::references
