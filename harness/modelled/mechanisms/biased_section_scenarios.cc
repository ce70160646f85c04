// Owners and revokers around biased sections. What they share is plain memory: the explorer tells
// every access that is not ordered, so exclusion and visibility are one check.
#include <array>
#include <mutex>
#include <optional>

#include "harness/modelled/mechanisms/scenario.h"
#include "sync/biased_section.h"
#include "temporal_slab_explorer/explorer.h"

namespace temporal_slab::modelled {
namespace {

using explorer::check;
using explorer::Options;
using explorer::Result;
using sync::Bias;
using sync::kAcquire;
using sync::kRelaxed;
using sync::kRelease;
using Payer = sync::Bias::Payer;

// Owners that count in a word of their own while nobody forbids it.
//
// A membarrier orders what a thread did before it, and the explorer lets others run only before an
// atomic operation: with `kPause` there is one between the look at the forbidding word and the
// work.
template <Payer kPayer, std::size_t kOwners, std::uint64_t kStep = 1, bool kPause = true>
struct House {
  using Section = sync::BiasedSection<kStep>;
  const Bias bias{kPayer};
  std::array<sync::Atomic<std::uint64_t>, kOwners> turns;
  std::array<explorer::var<int>, kOwners> counts;
  sync::Atomic<int> forbidden{0};
  sync::Atomic<int> pause{0};
  sync::Mutex revoking;

  // Says whether it was allowed to.
  bool work(std::size_t owner) {
    const Section section(bias, turns[owner]);
    if (forbidden.load(kAcquire) != 0) return false;
    if constexpr (kPause) pause.load(kRelaxed);
    counts[owner].set(counts[owner].get() + 1);
    return true;
  }
  void forbid() {
    forbidden.store(1, kRelaxed);
    sync::revoke<kStep>(
        bias, kOwners, [this](std::size_t owner) -> const auto& { return turns[owner]; });
  }
  void allow() { forbidden.store(0, kRelease); }
  // Takes a hundred more for each owner, from everything that they have.
  void take_stock() {
    const std::lock_guard lock(revoking);
    forbid();
    for (auto& count : counts) count.set(count.get() + 100);
    allow();
  }
};

template <Payer kPayer, std::size_t kOwners, std::uint64_t kStep, int kTimes, int kRevokers,
          bool kPause>
void run_house() {
  House<kPayer, kOwners, kStep, kPause> house;
  std::array<int, kOwners> worked{};
  {
    std::array<std::optional<explorer::thread>, kOwners + kRevokers> threads;
    for (std::size_t owner = 0; owner < kOwners; ++owner)
      threads[owner].emplace([&house, &worked, owner] {
        for (int i = 0; i < kTimes; ++i) worked[owner] += house.work(owner);
      });
    for (std::size_t revoker = 0; revoker < kRevokers; ++revoker)
      threads[kOwners + revoker].emplace([&house] { house.take_stock(); });
  }
  for (std::size_t owner = 0; owner < kOwners; ++owner)
    check(house.counts[owner].get() == worked[owner] + 100 * kRevokers, "nothing is lost");
}

template <Payer kPayer, std::size_t kOwners, int kTimes, int kRevokers, std::uint64_t kStep = 1,
          bool kPause = true>
Result house(const Options& options) {
  return explorer::explore(options,
                           [] { run_house<kPayer, kOwners, kStep, kTimes, kRevokers, kPause>(); });
}

// Two owners and a revoker who gives nothing back: short enough for all schedules with fences too.
template <Payer kPayer, bool kPause>
Result keep_all(const Options& options) {
  return explorer::explore(options, [] {
    constexpr std::size_t kOwners = 2;
    House<kPayer, kOwners, 1, kPause> house;
    std::array<int, kOwners> worked{};
    {
      std::array<std::optional<explorer::thread>, kOwners> owners;
      for (std::size_t owner = 0; owner < kOwners; ++owner)
        owners[owner].emplace([&house, &worked, owner] { worked[owner] = house.work(owner); });
      house.forbid();
      for (auto& count : house.counts) count.set(count.get() + 100);
    }
    for (std::size_t owner = 0; owner < kOwners; ++owner)
      check(house.counts[owner].get() == worked[owner] + 100, "nothing is lost");
  });
}

// The owner lets others run only while it is inside, and goes on until the revoker is through.
template <Payer kPayer>
Result never_even(const Options& options) {
  return explorer::explore(options, [] {
    House<kPayer, 1> house;
    sync::Atomic<bool> through{false};
    explorer::parallel(
        [&] {
          while (!through.load(kAcquire)) {
            const sync::BiasedSection section(house.bias, house.turns[0]);
            sync::yield();
          }
        },
        [&] {
          house.forbid();
          through.store(true, kRelease);
        });
  });
}

// What stands beside the turn in the word changes with the store that leaves.
Result changes(const Options& options) {
  return explorer::explore(options, [] {
    constexpr std::uint64_t kTurn = 256;
    std::uint64_t changes = 0;
    const Bias bias(Payer::kRevoker);
    sync::Atomic<std::uint64_t> word{7};
    sync::Atomic<int> forbidden{0};
    explorer::parallel(
        [&] {
          sync::BiasedSection<kTurn> section(bias, word);
          check(section.found() == 7, "the word as it was");
          if (forbidden.load(kAcquire) == 0) section.change(changes = 1);
        },
        [&] {
          forbidden.store(1, kRelaxed);
          sync::revoke<kTurn>(
              bias, 1, [&](std::size_t) -> const auto& { return word; });
          const std::uint64_t seen = word.load(kRelaxed) % kTurn;
          check(seen == 7 || seen == 8, "one change or none");
          sync::yield();
          check(word.load(kRelaxed) % kTurn == seen, "no change after the revocation");
        });
    check(word.load(kRelaxed) == 2 * kTurn + 7 + changes, "in, out and changed");
  });
}

constexpr int kNoLimit = explorer::kUnlimited;

Options exhaustive(int preemptions) {
  Options options;
  options.preemptions = preemptions;
  options.steps = 1000;
  return options;
}

Options pct(std::int64_t schedules) {
  Options options;
  options.search = explorer::Search::kPct;
  options.schedules = schedules;
  options.depth = 5;
  return options;
}

}  // namespace

std::vector<Scenario> biased_section_scenarios() {
  constexpr auto kRevoker = Payer::kRevoker;
  constexpr auto kBoth = Payer::kBoth;
  return {
      {"OwnerAndRevoker", exhaustive(kNoLimit), house<kRevoker, 1, 1, 1>},
      {"OwnerAndRevokerWithFences", exhaustive(kNoLimit), house<kBoth, 1, 1, 1>},
      {"OwnerTwiceAndRevoker", exhaustive(kNoLimit), house<kRevoker, 1, 2, 1>},
      {"OwnerTwiceAndRevokerWithFences", exhaustive(kNoLimit), house<kBoth, 1, 2, 1>},
      {"OwnerAndTwoRevokers", exhaustive(3), house<kRevoker, 1, 2, 2>},
      {"TwoOwnersAndRevoker", exhaustive(3), house<kRevoker, 2, 1, 1>},
      {"TwoOwnersAndRevokerWithFences", exhaustive(3), house<kBoth, 2, 1, 1>},
      {"TwoOwnersTwiceAndRevoker", exhaustive(2), house<kRevoker, 2, 2, 1, 8>},
      {"ThreeOwnersAndTwoRevokers", pct(10'000), house<kRevoker, 3, 3, 2>},
      {"ThreeOwnersAndTwoRevokersWithFences", pct(10'000), house<kBoth, 3, 3, 2>},
      {"OwnerIsNeverSeenOutside", exhaustive(3), never_even<kRevoker>},
      {"OwnerIsNeverSeenOutsideWithFences", exhaustive(3), never_even<kBoth>},
      {"WordChangesAsItsOwnerLeaves", exhaustive(kNoLimit), changes},
      {"TwoOwnersAndRevokerInAllWays", exhaustive(kNoLimit), house<kRevoker, 2, 1, 1, 1, false>},
      {"OwnersAndOneThatKeepsAllInAllWays", exhaustive(kNoLimit), keep_all<kRevoker, true>},
      {"OwnersAndOneThatKeepsAllWithFencesInAllWays", exhaustive(kNoLimit), keep_all<kBoth, false>},
  };
}

}  // namespace temporal_slab::modelled
