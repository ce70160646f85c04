#include "tslab/fleet.h"

#include <algorithm>
#include <array>
#include <utility>

#include "render/text.h"

namespace temporal_slab::tslab {

bool read_fleet(Fleet* out, std::string* error) {
  *out = {};
  stats::Listing listing;
  if (!stats::list_published(&listing, error)) return false;
  out->is_whole = listing.is_whole;
  const std::vector<stats::Published>& list = listing.segments;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const stats::Published& published = list[i];
    const auto is_of_same = [&](std::size_t j) {
      return j < list.size() && list[j].pid == published.pid && list[j].user == published.user;
    };
    FleetMember one = {published, std::to_string(published.pid), {}, published.error};
    if (is_of_same(i - 1) || is_of_same(i + 1))
      one.pid.append(".").append(std::to_string(published.number));
    stats::OpenSegment segment;
    if (one.error.empty() && !(stats::open_listed(published, &segment, &one.error) &&
                               segment.snapshot(&one.snapshot, &one.error))) {
      if (!stats::is_there(published)) continue;
      one.snapshot = {};
    }
    out->members.push_back(std::move(one));
  }
  return true;
}

std::string count_of(const Fleet& fleet) {
  constexpr std::array kLives = {stats::Life::kAlive, stats::Life::kDead, stats::Life::kUnknown};
  std::vector<std::pair<std::size_t, const char*>> counts;
  const auto count = [&](const char* what, const auto& is_one) {
    const auto number = std::count_if(fleet.members.begin(), fleet.members.end(), is_one);
    if (number != 0) counts.emplace_back(number, what);
  };
  for (const stats::Life life : kLives)
    count(stats::to_string(life),
          [life](const FleetMember& one) { return one.error.empty() && one.published.is(life); });
  count("unreadable", [](const FleetMember& one) { return !one.error.empty(); });
  std::string text = std::to_string(fleet.members.size()) +
                     (fleet.members.size() == 1 ? " allocator" : " allocators");
  const char* before = ": ";
  for (const auto& [number, what] : counts) {
    text += before + std::to_string(number) + " " + what;
    before = ", ";
  }
  return text;
}

std::string left_out(const Fleet& fleet) {
  std::string text;
  for (const FleetMember& one : fleet.members) {
    if (one.error.empty()) continue;
    text += one.pid + " is unreadable: ";
    render::append_terminal_safe(text, one.error);
    text += '\n';
  }
  if (!fleet.is_whole) text += kMoreThanCanBeListed;
  return text;
}

}  // namespace temporal_slab::tslab
