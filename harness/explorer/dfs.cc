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
  if (spent != nullptr && *spent >= limit) return 0;
  if (depth_ == path_.size()) {
    path_.push_back({0, static_cast<std::uint8_t>(point.alternatives), point.signature});
  }
  const Taken& taken = path_[depth_++];
  if (taken.alternatives != point.alternatives || taken.signature != point.signature) {
    return kDiverged;
  }
  if (taken.choice != 0 && spent != nullptr) ++*spent;
  return taken.choice;
}

bool Exhaustive::next_run(std::int64_t) {
  while (!path_.empty() && path_.back().choice + 1 >= path_.back().alternatives) path_.pop_back();
  complete_ = path_.empty();
  if (complete_) return false;
  ++path_.back().choice;
  return true;
}

std::string Exhaustive::covered(std::int64_t schedules, std::int64_t steps) const {
  return std::string(complete_ ? "all " : "not all: ") + std::to_string(schedules) +
         " schedules, " + std::to_string(steps) + " steps, with " +
         bound(options_.preemptions, "preemptions, ") +
         bound(options_.weak_memory ? options_.stale_reads : 0, "stale reads, ") +
         bound(options_.spurious_failures, "spurious failures");
}

}  // namespace temporal_slab::explorer
