#include "harness/modelled/mechanisms/references_spec.h"

#include <functional>

namespace temporal_slab::modelled::references {

Answer Spec::advance() {
  const std::uint32_t left = current_;
  std::uint32_t next = (left + 1) % kEpochs;
  for (std::uint32_t i = 1; i < kEpochs; ++i) {
    const std::uint32_t candidate = (left + i) % kEpochs;
    if (epochs_[candidate].count == 0) {
      next = candidate;
      break;
    }
    if (epochs_[candidate].era < epochs_[next].era) next = candidate;
  }
  epochs_[left].active = false;
  const std::uint64_t abandoned = epochs_[next].count;
  epochs_[next] = {++eras_, 0, true};
  current_ = next;
  return {eras_ * 16 + next, abandoned};
}

std::uint64_t Spec::close(std::uint32_t epoch) {
  if (epoch == current_) return advance().value;
  epochs_[epoch].active = false;
  return 0;
}

Answer Spec::drop(const Own& reference) {
  Epoch& epoch = epochs_[reference.epoch];
  if (epoch.era != reference.era) return {2, 0};
  if (epoch.count == 0) return {1, 0};
  --epoch.count;
  return {0, 0};
}

Answer Spec::apply(const Call& call) {
  Own& own = own_.at(call.thread);
  Epoch& epoch = epochs_[call.a % kEpochs];
  switch (call.make) {
    case Make::kInc:
      ++epoch.count;
      return {};
    case Make::kDec:
      if (epoch.count == 0) return {0, 0};
      --epoch.count;
      return {1, 0};
    case Make::kGet:
      return {epoch.count, 0};
    case Make::kAcquire:
      ++epochs_[current_].count;
      own = {current_, epochs_[current_].era};
      return {current_, own.era};
    case Make::kAcquireAgain:
      if (epochs_[own.epoch].era != own.era) return {0, 0};
      ++epochs_[own.epoch].count;
      return {1, 0};
    case Make::kRelease:
      return drop(own);
    case Make::kReleaseShared:
      return drop(own_[call.a]);
    case Make::kReleaseAndClose: {
      Answer answer = drop(own);
      if (answer.value < 2 && epochs_[own.epoch].count == 0 && epochs_[own.epoch].active)
        answer.more = 1 + close(own.epoch);
      return answer;
    }
    case Make::kAdvance:
      return advance();
    case Make::kClose:
      return {close(call.a), 0};
    case Make::kTryClose:
      if (epoch.count != 0) return {0, 0};
      return {1, close(call.a)};
    case Make::kEra:
      return {epoch.era, 0};
    case Make::kActive:
      return {epoch.active ? 1U : 0U, 0};
    case Make::kCurrent:
      return {current_, epochs_[current_].era};
    case Make::kJoin:
    case Make::kLeave:
    case Make::kCount:
      break;
  }
  return {};
}

std::size_t Spec::hash() const {
  std::size_t all = current_;
  for (const Epoch& epoch : epochs_)
    all = (all * 31 + epoch.era) * 31 + epoch.count * 2 + (epoch.active ? 1 : 0);
  return all * 0x9E3779B97F4A7C15ULL;
}

std::string Spec::text(const Call& call) {
  constexpr std::array kNames = {
      "join",    "leave", "inc",     "dec",   "get",       "acquire", "acquire again", "release",
      "release", "exit",  "advance", "close", "try close", "era",     "active",        "current"};
  static_assert(kNames.size() == static_cast<std::size_t>(Make::kCount));
  return kNames[static_cast<std::size_t>(call.make)] + ("(" + std::to_string(call.a)) + ")";
}

std::string Spec::text(const Answer& answer) {
  return std::to_string(answer.value) + ", " + std::to_string(answer.more);
}

std::string Spec::state() const {
  std::string text = "current " + std::to_string(current_);
  for (std::uint32_t e = 0; e < kEpochs; ++e)
    text += "; " + std::to_string(e) + ": era " + std::to_string(epochs_[e].era) +
            (epochs_[e].active ? " ACTIVE" : " CLOSING") + " refs " +
            std::to_string(epochs_[e].count);
  return text;
}

}  // namespace temporal_slab::modelled::references
