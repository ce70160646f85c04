// Histories: what threads were told by an allocator, and when, decided by the linearizability
// checker (R-2.3-1, R-2.3-4, R-2.2-4, R-2.4-2). Each is of an allocator of its own, so that it is
// short and its beginning is known.
#pragma once

#include <cstdint>

#include "harness/linearizability/history.h"
#include "harness/modelled/library.h"
#include "stress/world.h"

namespace temporal_slab::stress {

// The specification tells so many threads apart.
inline constexpr unsigned kMostHistoryThreads = modelled::kThreads;

using History = linearizability::History<modelled::Spec>;

// Of all threads of a world together, each making so many calls; then of its first thread alone,
// which looks at what came of it. `seed` says which calls.
History record_history(World& world, std::uint64_t seed, unsigned calls_each);

// The shortest part of a history that nothing explains, without the calls that changed nothing and
// are not needed to see that; "" if it is linearizable.
std::string fault_of(const History& history);

struct HistoriesTally {
  std::uint64_t histories = 0;
  std::uint64_t calls = 0;
  std::uint64_t met = 0;  // calls that began while another was under way
};

// Records and decides until the time is up; fails the process on a history that nothing explains.
HistoriesTally run_histories(World& world);

}  // namespace temporal_slab::stress
