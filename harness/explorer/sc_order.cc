#include "temporal_slab_explorer/sc_order.h"

namespace temporal_slab::explorer {

void ScOrder::reset() {
  count_ = Clock{};
  events_ = 0;
  any_fence_ = false;
}

Clock ScOrder::before_next(int t, const Clock& known, bool seq_cst) const {
  Clock before;
  if (any_fence_) before = closure(fences_in(known));
  if (!seq_cst) return before;
  for (int u = 0; u < kMaxThreads; ++u) {
    std::int32_t number = count(u);
    // Of another thread only what is sequenced before the release that was acquired: that release
    // itself happens before, but does not strongly happen before (which is what lets POWER
    // implementations use the cheaper sequences).
    if (u != t) {
      while (number > 0 && event(u, number).index >= known[u]) --number;
    }
    if (number > 0) before.join(event(u, number).before);
  }
  return before;
}

Clock ScOrder::fences_in(const Clock& known) const {
  Clock numbers;
  if (!any_fence_) return numbers;
  for (int u = 0; u < kMaxThreads; ++u) {
    std::int32_t number = count(u);
    while (number > 0 && event(u, number).index > known[u]) --number;
    if (number > 0) numbers[u] = event(u, number).last_fence;
  }
  return numbers;
}

Clock ScOrder::closure(const Clock& numbers) const {
  Clock closed;
  for (int u = 0; u < kMaxThreads; ++u) {
    if (numbers[u] > 0) closed.join(event(u, numbers[u]).before);
  }
  return closed;
}

Clock ScOrder::known_to_fences(const Clock& preceding) const {
  Clock known;
  if (!any_fence_) return known;
  for (int u = 0; u < kMaxThreads; ++u) {
    if (preceding[u] == 0) continue;
    const std::int32_t fence = event(u, preceding[u]).last_fence;
    if (fence > 0) known.join(event(u, fence).known);
  }
  return known;
}

std::int32_t ScOrder::append(int t, std::int32_t index, bool fence, const Clock& before,
                             const Clock& known) {
  auto& mine = of_[static_cast<unsigned>(t)];
  const std::int32_t number = ++count_[t];
  if (mine.size() < static_cast<std::size_t>(number)) mine.emplace_back();
  Event& added = mine[static_cast<unsigned>(number - 1)];
  added.index = index;
  added.last_fence = fence ? number : number > 1 ? event(t, number - 1).last_fence : 0;
  added.before = before;
  added.before[t] = number;
  added.known = fence ? known : Clock{};
  ++events_;
  any_fence_ |= fence;
  return number;
}

void ScOrder::precede(const Clock& before, const Clock& firsts) {
  for (int q = 0; q < kMaxThreads; ++q) {
    const std::int32_t first = firsts[q];
    if (first == kNever) continue;
    if (event(q, first).before.covers(before)) continue;
    for (int u = 0; u < kMaxThreads; ++u) {
      // Those that follow the event (it follows itself) are the end of each thread's list.
      for (std::int32_t n = count(u); n > 0 && event(u, n).before[q] >= first; --n) {
        of_[static_cast<unsigned>(u)][static_cast<unsigned>(n - 1)].before.join(before);
      }
    }
  }
}

Clock ScOrder::fences_after(const Clock& accesses) const {
  Clock firsts = Clock::none();
  if (!any_fence_) return firsts;
  for (int u = 0; u < kMaxThreads; ++u) {
    std::int32_t fence = count(u) > 0 ? event(u, count(u)).last_fence : 0;
    while (fence > 0 && event(u, fence).known.meets(accesses)) {
      firsts[u] = fence;
      fence = fence > 1 ? event(u, fence - 1).last_fence : 0;
    }
  }
  return firsts;
}

}  // namespace temporal_slab::explorer
