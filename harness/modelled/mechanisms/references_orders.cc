// What calls on references order besides their own answers. Here nothing but the calls themselves
// tells one thread of another: parallel::explore has a clock that does, and would hide what is
// missing.
#include "harness/explorer/explorer.h"
#include "harness/modelled/mechanisms/references_spec.h"
#include "harness/modelled/mechanisms/scenario.h"

namespace temporal_slab::modelled {
namespace {

using explorer::check;
using explorer::Options;
using explorer::Result;
using references::Answer;
using references::Make;
using Payer = sync::Bias::Payer;

// References of a run whose threads 0 and 1 have places, and 2 has none. What a thread must have
// seen is looked at without membarrier: that makes seen whatever came before it.
template <Payer kPayer>
class World {
 public:
  World() {
    call(Make::kJoin, 0);
    call(Make::kJoin, 1);
  }
  Answer call(Make make, std::uint32_t a = 0, std::uint8_t thread = 0) {
    return subject_.apply({make, a, thread});
  }

 private:
  references::Subject<kPayer> subject_;
};
using Biased = World<Payer::kRevoker>;
using Fenced = World<Payer::kBoth>;

// A thread counts and then looks what is current; another advances and then asks for the count. If
// the first was told the old epoch, the second must be told of its count.
template <typename Look>
Result count_then_look(const Options& options, Look look) {
  return explorer::explore(options, [look] {
    Biased world;
    bool before = false;
    std::uint64_t count = 0;
    explorer::parallel(
        [&] {
          world.call(Make::kInc, 2, 0);
          before = look(world);
        },
        [&] {
          world.call(Make::kAdvance, 0, 1);
          count = world.call(Make::kGet, 2, 1).value;
        });
    check(!before || count == 1, "who looks before the advance has counted before it");
  });
}
Result count_then_current(const Options& options) {
  return count_then_look(options,
                         [](auto& world) { return world.call(Make::kCurrent).value == 0; });
}
Result count_then_era(const Options& options) {
  return count_then_look(options, [](auto& world) { return world.call(Make::kEra, 1).value == 0; });
}

// Who has seen an advance or a close sees what was done before it: `look` says whether it has.
template <typename Look>
Result change_is_seen(const Options& options, Make change, Look look) {
  return explorer::explore(options, [change, look] {
    Fenced world;
    explorer::var<int> letter{0};
    explorer::parallel(
        [&] {
          letter.set(7);
          world.call(change, 0, 0);
        },
        [&] {
          if (look(world)) check(letter.get() == 7, "the letter");
        });
  });
}
Result advance_seen_by_acquire(const Options& options) {
  return change_is_seen(options, Make::kAdvance,
                        [](auto& world) { return world.call(Make::kAcquire, 0, 1).value == 1; });
}
Result advance_seen_by_current(const Options& options) {
  return change_is_seen(options, Make::kAdvance,
                        [](auto& world) { return world.call(Make::kCurrent, 0, 1).value == 1; });
}
Result advance_seen_by_era(const Options& options) {
  return change_is_seen(options, Make::kAdvance,
                        [](auto& world) { return world.call(Make::kEra, 1, 1).value == 1; });
}
Result advance_seen_by_active(const Options& options) {
  return change_is_seen(options, Make::kAdvance,
                        [](auto& world) { return world.call(Make::kActive, 0, 1).value == 0; });
}
Result close_seen_by_active(const Options& options) {
  return explorer::explore(options, [] {
    Fenced world;
    explorer::var<int> letter{0};
    explorer::parallel(
        [&] {
          letter.set(7);
          world.call(Make::kClose, 2, 0);
        },
        [&] {
          if (world.call(Make::kActive, 2, 1).value == 0) check(letter.get() == 7, "the letter");
        });
  });
}
// A reference that turns out to be stale tells of the advances since.
Result advance_seen_by_release(const Options& options) {
  return explorer::explore(options, [] {
    Fenced world;
    explorer::var<int> letter{0};
    world.call(Make::kAcquire, 0, 1);
    world.call(Make::kAdvance, 0, 0);
    world.call(Make::kAdvance, 0, 0);
    world.call(Make::kDec, 0, 0);
    explorer::parallel(
        [&] {
          letter.set(7);
          world.call(Make::kAdvance, 0, 0);
        },
        [&] {
          if (world.call(Make::kRelease, 0, 1).value == 2) check(letter.get() == 7, "the letter");
        });
  });
}

// Two threads drop what they hold after their last work; who finds the count 0 sees that work.
template <bool kShared>
Result drops_are_seen(const Options& options) {
  return explorer::explore(options, [] {
    Biased world;
    std::array<explorer::var<int>, 2> letters;
    const auto hold = [&](std::uint8_t thread) { world.call(Make::kInc, 2, kShared ? 2 : thread); };
    hold(0), hold(1);
    const auto work = [&](std::uint8_t thread) {
      letters[thread].set(7);
      world.call(Make::kDec, 2, thread);
      if (world.call(Make::kGet, 2, thread).value == 0)
        check(letters[1 - thread].get() == 7, "what the other did");
    };
    explorer::parallel([&] { work(0); }, [&] { work(1); });
  });
}

// A thread counts and then looks at a state; another closes and then asks for the count.
Result count_then_active(const Options& options) {
  return explorer::explore(options, [] {
    Biased world;
    bool before = false;
    std::uint64_t count = 0;
    explorer::parallel(
        [&] {
          world.call(Make::kInc, 2, 0);
          before = world.call(Make::kActive, 2, 0).value == 1;
        },
        [&] {
          world.call(Make::kClose, 2, 1);
          count = world.call(Make::kGet, 2, 1).value;
        });
    check(!before || count == 1, "who looks before the close has counted before it");
  });
}

// One reference wanders between two places, never fewer than one, so that each place looks again as
// it was: only the versions tell.
Result wandering_reference(const Options& options) {
  return explorer::explore(options, [] {
    Biased world;
    world.call(Make::kInc, 2, 1);
    explorer::parallel(
        [&] {
          for (int i = 0; i < 3; ++i) {
            const std::uint8_t to = i % 2 == 0 ? 0 : 1;
            world.call(Make::kInc, 2, to);
            world.call(Make::kDec, 2, static_cast<std::uint8_t>(1 - to));
          }
        },
        [&] { check(world.call(Make::kGet, 2, 2).value >= 1, "never fewer than one"); });
  });
}

Options random_walk(std::int64_t schedules) {
  Options options;
  options.search = explorer::Search::kRandom;
  options.schedules = schedules;
  return options;
}

Options two_preemptions() {
  Options options;
  options.preemptions = 2;
  options.stale_reads = 2;
  options.spurious_failures = 0;
  return options;
}

}  // namespace

std::vector<Scenario> references_orders() {
  const Options all = two_preemptions();
  return {
      {"CountThenLookWhichIsCurrent", all, count_then_current},
      {"CountThenLookAtAnEra", all, count_then_era},
      {"CountThenLookAtAState", all, count_then_active},
      {"AcquireHasSeenTheAdvance", all, advance_seen_by_acquire},
      {"CurrentHasSeenTheAdvance", all, advance_seen_by_current},
      {"EraHasSeenTheAdvance", all, advance_seen_by_era},
      {"StateHasSeenTheAdvance", all, advance_seen_by_active},
      {"StateHasSeenTheClose", all, close_seen_by_active},
      {"AStaleReleaseHasSeenTheAdvance", all, advance_seen_by_release},
      {"ZeroHasSeenOwnDrops", all, drops_are_seen<false>},
      {"ZeroHasSeenSharedDrops", all, drops_are_seen<true>},
      {"AReferenceThatWanders", random_walk(100'000), wandering_reference},
  };
}

}  // namespace temporal_slab::modelled
