#include "replay.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace temporal_slab::explorer {
namespace {

constexpr std::string_view kPrefix = "x1:";
constexpr std::string_view kLetters{kChoiceLetters, sizeof kChoiceLetters};

template <typename Number>
bool take_number(std::string_view* text, Number* number) {
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *number);
  if (error != std::errc() || *number < 0) return false;
  text->remove_prefix(static_cast<std::size_t>(end - text->data()));
  return true;
}

}  // namespace

int Replay::choose(const ChoicePoint& point) {
  const std::int64_t here = point_++;
  while (next_ < schedule_.size() && schedule_[next_].point < here) ++next_;
  if (next_ == schedule_.size() || schedule_[next_].point != here) return 0;
  const Deviation& deviation = schedule_[next_++];
  if (deviation.choice < point.alternatives && deviation.kind == point.kind) {
    return deviation.choice;
  }
  return strict_ ? kDiverged : 0;
}

int preemptions_of(const Schedule& schedule) {
  return static_cast<int>(
      std::count_if(schedule.begin(), schedule.end(),
                    [](const Deviation& each) { return each.kind == ChoiceKind::kPreempt; }));
}

int stale_reads_of(const Schedule& schedule) {
  return static_cast<int>(
      std::count_if(schedule.begin(), schedule.end(), [](const Deviation& each) {
        return each.kind == ChoiceKind::kRead || each.kind == ChoiceKind::kPlace;
      }));
}

std::string to_replay(const Schedule& schedule) {
  std::string text(kPrefix);
  std::int64_t from = 0;
  for (const Deviation& deviation : schedule) {
    if (from != 0) text += '.';
    text += std::to_string(deviation.point - from);
    text += kLetters[static_cast<std::size_t>(deviation.kind)];
    text += std::to_string(deviation.choice);
    from = deviation.point + 1;
  }
  return text;
}

bool from_replay(const std::string& text, Schedule* schedule) {
  std::string_view rest = text;
  if (rest.substr(0, kPrefix.size()) != kPrefix) return false;
  rest.remove_prefix(kPrefix.size());
  std::int64_t from = 0;
  schedule->clear();
  while (!rest.empty()) {
    if (from != 0) {
      if (rest.front() != '.') return false;
      rest.remove_prefix(1);
    }
    Deviation deviation;
    if (!take_number(&rest, &deviation.point) || rest.empty()) return false;
    const std::size_t kind = kLetters.find(rest.front());
    if (kind == std::string_view::npos) return false;
    rest.remove_prefix(1);
    if (!take_number(&rest, &deviation.choice)) return false;
    deviation.kind = static_cast<ChoiceKind>(kind);
    deviation.point += from;
    from = deviation.point + 1;
    schedule->push_back(deviation);
  }
  return true;
}

}  // namespace temporal_slab::explorer
