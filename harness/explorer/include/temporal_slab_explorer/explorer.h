// Runs a concurrent test under every interleaving and every weak-memory choice within bounds.
//
//   Result result = explorer::explore({.preemptions = 2}, [] {
//     explorer::atomic<int> x{0};
//     explorer::parallel([&] { x.fetch_add(1); }, [&] { x.fetch_add(1); });
//     explorer::check(x.load() == 2, "both counted");
//   });
//
// When to use it: for code small enough that two or three threads make some tens of atomic steps.
// When not: for whole programs; there threads under ThreadSanitizer see more. A test must do the
// same whenever the same choices are made: no clock, no random numbers, no order of addresses, no
// state that lives from one run to the next (static atomics begin each run anew). A run that fails
// is left where it stands: no destructor runs, so memory from elsewhere than make() is lost.
#pragma once

#include <string>

#include "temporal_slab_explorer/atomic.h"
#include "temporal_slab_explorer/mutex.h"
#include "temporal_slab_explorer/options.h"
#include "temporal_slab_explorer/thread.h"
#include "temporal_slab_explorer/var.h"

namespace temporal_slab::explorer {

Result explore_callable(const Options& options, Callable body);
Result replay_callable(const Options& options, Callable body, const std::string& schedule);

// Runs `body` again and again as the options say, until a run fails or there is no more to do.
template <typename F>
Result explore(const Options& options, F&& body) {
  return explore_callable(options, callable(body));
}
template <typename F>
Result explore(F&& body) {
  return explore_callable(Options{}, callable(body));
}

// Runs `body` once as the string of an earlier failure says.
template <typename F>
Result replay(const Options& options, F&& body, const std::string& schedule) {
  return replay_callable(options, callable(body), schedule);
}

}  // namespace temporal_slab::explorer
