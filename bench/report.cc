#include "bench/report.h"

#include <cstdio>
#include <span>

namespace temporal_slab::bench {
namespace {

// Budgets of CONTRACT section 7.
constexpr double kReferenceCycles = 2.5;
constexpr double kTwoThreadsAgainstOne = 1.1;
constexpr double kAgainstFetchAdd = 0.1;
constexpr double kObjectsTogether = 0.8;
constexpr double kObjectsEachBatch = 1.0;

std::string on(const Team& team) { return team.threads() == 1 ? ", 1 thread" : ", 2 threads"; }

std::string batch_of(unsigned objects) { return ", batch of " + std::to_string(objects); }

class Measurement {
 public:
  Measurement(const Effort& effort, bool progress) : progress_(progress) {
    report_.effort = effort;
  }

  // What one side of a row does, and on how many threads.
  struct Side {
    Workload& workload;
    Team& team;
  };

  Repetition repetition(Side side) {
    return repetition_of(side.workload, side.team, report_.effort);
  }

  Row& row(const std::string& what, const std::string& peer_name, const Repetition& ours,
           const Repetition& peer, std::optional<double> budget) {
    if (progress_) std::fprintf(stderr, "measuring %s\n", what.c_str());
    const Comparison measured = compare(ours, peer, report_.effort.repetitions);
    return report_.rows.emplace_back(Row{what, peer_name, measured, measured.ratio, budget});
  }

  Row& row(const std::string& what, const std::string& peer_name, Side ours, Side peer,
           std::optional<double> budget) {
    return row(what, peer_name, repetition(ours), repetition(peer), budget);
  }

  void references() {
    const auto references = make_references();
    const auto add_chain = make_add_chain();
    const auto fetch_add = make_fetch_add();
    const auto empty_calls = make_empty_calls();
    const auto marginal = [&](Team& team) {
      return beyond(repetition({*empty_calls, team}), repetition({*references, team}));
    };
    row("inc or dec, 1 thread", "add step", {*references, one_}, {*add_chain, one_}, std::nullopt);
    row("empty call, 1 thread", "add step", {*empty_calls, one_}, {*add_chain, one_}, std::nullopt);
    row("inc or dec beyond an empty call, 1 thread", "add step", marginal(one_),
        repetition({*add_chain, one_}), kReferenceCycles)
        .difference = true;
    row("inc or dec, 2 threads on one epoch", "on 1 thread", {*references, two_},
        {*references, one_}, kTwoThreadsAgainstOne);
    row("inc or dec beyond an empty call, 2 threads", "on 1 thread", marginal(two_), marginal(one_),
        kTwoThreadsAgainstOne)
        .difference = true;
    row("inc or dec, 1 thread", "fetch_add", {*references, one_}, {*fetch_add, one_}, std::nullopt);
    row("inc or dec, 2 threads on one epoch", "fetch_add", {*references, two_}, {*fetch_add, two_},
        kAgainstFetchAdd);
    const auto domains = make_domains();
    row("enter or exit of a domain, 1 thread", "inc or dec", {*domains, one_}, {*references, one_},
        std::nullopt);
  }

  using MakeBatch = std::unique_ptr<Workload> (*)(unsigned batch);

  // A row for each batch and one for their mean.
  void batches(const std::string& what, Team& team, std::span<const unsigned> sizes,
               MakeBatch make_ours, MakeBatch make_peer) {
    const std::string what_here = what + on(team);
    std::vector<double> ratios;
    for (const unsigned batch : sizes) {
      const auto ours = make_ours(batch);
      const auto peer = make_peer(batch);
      ratios.push_back(row(what_here + batch_of(batch), "mimalloc", {*ours, team}, {*peer, team},
                           kObjectsEachBatch)
                           .ratio);
    }
    report_.rows.push_back({what_here + ", geometric mean", "mimalloc", std::nullopt,
                            geometric_mean(ratios), kObjectsTogether});
  }

  void objects(Team& team) {
    batches("alloc + free", team, kBatches, make_slab_objects, make_mimalloc_objects);
    const auto ours =
        make_slab_objects_kept_warm(kLargestBatch, team.threads() * kLargestBatchBytes);
    const auto peer = make_mimalloc_objects(kLargestBatch);
    row("alloc + free" + on(team) + batch_of(kLargestBatch) + ", kept warm", "mimalloc",
        {*ours, team}, {*peer, team}, std::nullopt);
  }

  Report run() {
    references();
    objects(one_);
    objects(two_);
    batches("alloc + free by the other thread", two_, kHandedOverBatches, make_slab_hand_over,
            make_mimalloc_hand_over);
    const unsigned smallest = kHandedOverBatches[0];
    const auto bare = make_bare_hand_over(smallest);
    const auto peer = make_mimalloc_hand_over(smallest);
    row("hand-over alone" + on(two_) + batch_of(smallest), "mimalloc", {*bare, two_}, {*peer, two_},
        std::nullopt);
    return report_;
  }

 private:
  const bool progress_;
  Team one_{1};
  Team two_{2};
  Report report_;
};

}  // namespace

Report measure(const Effort& effort, bool progress) { return Measurement(effort, progress).run(); }

}  // namespace temporal_slab::bench
