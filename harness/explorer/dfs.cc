#include "dfs.h"

namespace temporal_slab::explorer {
namespace {

std::string bound(int number, const char* what) {
  return (number == kUnlimited ? std::string("any number of")
                               : "at most " + std::to_string(number)) +
         " " + what;
}

}  // namespace

void Exhaustive::begin_run() {
  depth_ = 0;
  preemptions_ = stale_reads_ = spurious_failures_ = 0;
  sleepers_ = 0;
  repeats_ = false;
}

int Exhaustive::choose(const ChoicePoint& point) {
  int* spent = nullptr;
  int limit = kUnlimited;
  switch (point.kind) {
    case ChoiceKind::kPreempt:
      spent = &preemptions_;
      limit = options_.preemptions;
      break;
    case ChoiceKind::kSwitch:
      break;
    case ChoiceKind::kRead:
    case ChoiceKind::kPlace:
      spent = &stale_reads_;
      limit = options_.weak_memory ? options_.stale_reads : 0;
      break;
    case ChoiceKind::kSpurious:
      spent = &spurious_failures_;
      limit = options_.spurious_failures;
      break;
  }
  sleepers_ = 0;
  if (spent != nullptr && *spent >= limit) return 0;
  if (depth_ == path_.size()) {
    if (repeats_) return 0;
    Taken added{0, static_cast<std::uint8_t>(point.alternatives), 0, point.signature};
    for (int i = 0; point.threads != nullptr && i < point.alternatives; ++i) {
      if ((point.asleep >> point.threads[i] & 1) != 0) {
        added.left_out = static_cast<std::uint8_t>(added.left_out | 1U << i);
      }
    }
    while (((added.left_out >> added.choice) & 1) != 0) ++added.choice;
    if (added.choice >= added.alternatives) return 0;
    path_.push_back(added);
  }
  const Taken& taken = path_[depth_++];
  if (taken.alternatives != point.alternatives || taken.signature != point.signature) {
    return kDiverged;
  }
  if (taken.choice != 0 && spent != nullptr) ++*spent;
  if (options_.reduction && point.threads != nullptr) sleepers_ = sleepers_after(taken, point);
  return taken.choice;
}

std::uint32_t Exhaustive::sleepers_after(const Taken& taken, const ChoicePoint& point) const {
  std::uint32_t sleepers = 0;
  const bool bounded = options_.preemptions != kUnlimited;
  for (int i = 0; i < taken.choice; ++i) {
    if (bounded && (i > 0 || point.kind != ChoiceKind::kPreempt)) break;
    sleepers |= std::uint32_t{1} << point.threads[i];
  }
  return sleepers & point.known;
}

bool Exhaustive::next_run(std::int64_t) {
  if (repeats_) ++repetitions_;
  for (; !path_.empty(); path_.pop_back()) {
    Taken& last = path_.back();
    do {
      ++last.choice;
    } while (last.choice < last.alternatives && ((last.left_out >> last.choice) & 1) != 0);
    if (last.choice < last.alternatives) return true;
  }
  complete_ = true;
  return false;
}

std::string Exhaustive::covered(std::int64_t schedules, std::int64_t steps) const {
  return std::string(complete_ ? "all " : "not all: ") + std::to_string(schedules) +
         " schedules, " + std::to_string(steps) + " steps, with " +
         bound(options_.preemptions, "preemptions, ") +
         bound(options_.weak_memory ? options_.stale_reads : 0, "stale reads, ") +
         bound(options_.spurious_failures, "spurious failures");
}

}  // namespace temporal_slab::explorer
