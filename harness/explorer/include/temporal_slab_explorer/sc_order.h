// The constraints on the single order S of all seq_cst operations and fences, [atomics.order] 4.
//
// S is not the order in which the explorer happens to run things: C++20 lets an execution have any
// S that agrees with "strongly happens before" and with the coherence order. So S is kept as what
// it is, a partial order: each seq_cst event carries the clock of those that must precede it, and a
// new constraint between old events is passed on to all that follow them. The model admits only
// constraints that leave it free of cycles (memory_model.h), so some total S always exists.
#pragma once

#include <cstdint>
#include <vector>

#include "temporal_slab_explorer/clock.h"

namespace temporal_slab::explorer {

class ScOrder {
 public:
  void reset();
  bool empty() const { return events_ == 0; }

  // The seq_cst events that precede whatever thread `t` does next, which `known` happens before:
  // those before a fence in `known`, and, if it is itself seq_cst, those that strongly happen
  // before it.
  Clock before_next(int t, const Clock& known, bool seq_cst) const;
  // The fences, as numbers, that happen before an event with this clock.
  Clock fences_in(const Clock& known) const;
  // All that `numbers` stands for: the events named and those that precede them.
  Clock closure(const Clock& numbers) const;
  // What happens before one of the fences in `preceding`: visible to all that follows in S.
  Clock known_to_fences(const Clock& preceding) const;

  // Appends an event of thread t, preceded by `before` (closed); gives its number.
  std::int32_t append(int t, std::int32_t index, bool fence, const Clock& before,
                      const Clock& known);
  // Puts all of `before` (closed) ahead of each event in `firsts` and of what follows those.
  void precede(const Clock& before, const Clock& firsts);
  // Per thread, the first fence that some event of the set `accesses` happens before.
  Clock fences_after(const Clock& accesses) const;

 private:
  struct Event {
    std::int32_t index = 0;       // among the thread's events
    std::int32_t last_fence = 0;  // number of the latest fence of the thread, this one included
    Clock before;                 // numbers of those that precede it, itself included
    Clock known;                  // of a fence: what happens before it
  };

  const Event& event(int t, std::int32_t number) const {
    return of_[static_cast<unsigned>(t)][static_cast<unsigned>(number - 1)];
  }
  std::int32_t count(int t) const { return count_[t]; }

  std::array<std::vector<Event>, kMaxThreads> of_;  // grown only; count_ says how many stand
  Clock count_;
  int events_ = 0;
  bool any_fence_ = false;
};

}  // namespace temporal_slab::explorer
