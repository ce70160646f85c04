#include "bench/report.h"

#include <algorithm>
#include <cstdio>
#include <span>

#include "bench/malloc_peer.h"
#include "bench/programs.h"
#include "bench/requests.h"

namespace temporal_slab::bench {
namespace {

// Budgets of CONTRACT section 7.
constexpr double kReferenceCycles = 2.5;
constexpr double kTwoThreadsAgainstOne = 1.2;
constexpr double kHandedOnAgainstCounter = 2.0;
constexpr double kReadCycles = 10;
constexpr double kByHandle = 1.2;
constexpr double kByPointer = 1.5;
constexpr double kLargestByHandle = 1.3;
constexpr double kTwoThreads = 1.2;
constexpr double kLargestOfTwoThreads = 1.5;
constexpr double kFreedByOther = 1.0;
constexpr double kDiscarded = 1.0;
constexpr double kFreedAndClosed = 1.4;
constexpr double kThousandAnEpoch = 1.3;
constexpr double kAdvancePairs = 60;
constexpr double kAdvanceMembarriers = 2;
constexpr double kResource = 1.2;

// A program is run once for so many repetitions of other rows, and at full size when those take so
// long.
constexpr unsigned kRepetitionsARun = 3;
constexpr double kFullSizeMs = 20;

constexpr unsigned kPeerBatch = 64;
constexpr std::size_t kThousandRequestsBytes = std::size_t{64} << 20;

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
    const auto beyond_an_empty_call = [&](Workload& workload, Team& team) {
      return beyond(repetition({*empty_calls, team}), repetition({workload, team}));
    };
    row("inc or dec, 1 thread", "add step", {*references, one_}, {*add_chain, one_}, std::nullopt);
    row("empty call, 1 thread", "add step", {*empty_calls, one_}, {*add_chain, one_}, std::nullopt);
    row("inc or dec beyond an empty call, 1 thread", "add step",
        beyond_an_empty_call(*references, one_), repetition({*add_chain, one_}), kReferenceCycles)
        .difference = true;
    row("inc or dec, 2 threads on one epoch", "on 1 thread", {*references, two_},
        {*references, one_}, kTwoThreadsAgainstOne);
    row("inc or dec beyond an empty call, 2 threads", "on 1 thread",
        beyond_an_empty_call(*references, two_), beyond_an_empty_call(*references, one_),
        kTwoThreadsAgainstOne)
        .difference = true;
    row("inc or dec, 2 threads on one epoch", "fetch_add", {*references, two_}, {*fetch_add, two_},
        std::nullopt);
    const auto handed_on = make_handed_on_references(kPeerBatch);
    const auto counts = make_handed_on_counts(kPeerBatch);
    row("acquire here, release there", "fetch_add, _sub", {*handed_on, two_}, {*counts, two_},
        kHandedOnAgainstCounter);
    const auto domains = make_domains();
    row("enter or exit of a domain, 1 thread", "inc or dec", {*domains, one_}, {*references, one_},
        std::nullopt);
    const auto eras = make_eras();
    row("slab_epoch_era beyond an empty call", "add step", beyond_an_empty_call(*eras, one_),
        repetition({*add_chain, one_}), kReadCycles)
        .difference = true;
    const auto states = make_states();
    row("slab_epoch_state beyond an empty call", "add step", beyond_an_empty_call(*states, one_),
        repetition({*add_chain, one_}), kReadCycles)
        .difference = true;
  }

  using MakeBatch = std::unique_ptr<Workload> (*)(unsigned batch);

  // A row for each batch. Returns the ratios.
  std::vector<double> batches(const std::string& what, Team& team, std::span<const unsigned> sizes,
                              MakeBatch make_ours, std::optional<double> budget,
                              MakeBatch make_peer = make_mimalloc_objects) {
    std::vector<double> ratios;
    for (const unsigned batch : sizes) {
      const auto ours = make_ours(batch);
      const auto peer = make_peer(batch);
      ratios.push_back(
          row(what + on(team) + batch_of(batch), "mimalloc", {*ours, team}, {*peer, team}, budget)
              .ratio);
    }
    return ratios;
  }

  void objects() {
    batches("alloc + free by handle", one_, kBatches, make_slab_objects, kByHandle);
    batches("alloc + free by pointer", one_, kBatches, make_slab_pointers, kByPointer);
    batches("slab_malloc + slab_free", one_, kBatches, make_slab_current, std::nullopt);
    constexpr unsigned kLargest[] = {kLargestBatch};
    batches("alloc + free by handle", one_, kLargest, make_slab_objects, kLargestByHandle);
    kept_warm(one_);
    batches("alloc + free by handle", two_, std::span(kBatches).subspan(1), make_slab_objects,
            kTwoThreads);
    batches("alloc + free by handle", two_, kLargest, make_slab_objects, kLargestOfTwoThreads);
    kept_warm(two_);
    const auto resource = make_slab_resource(kPeerBatch);
    const auto pointers = make_slab_pointers(kPeerBatch);
    row("EpochResource" + batch_of(kPeerBatch), "slab_malloc_epoch", {*resource, one_},
        {*pointers, one_}, kResource);
  }

  void kept_warm(Team& team) {
    const auto ours =
        make_slab_objects_kept_warm(kLargestBatch, team.threads() * kLargestBatchBytes);
    const auto peer = make_mimalloc_objects(kLargestBatch);
    row("alloc + free by handle" + on(team) + batch_of(kLargestBatch) + ", kept warm", "mimalloc",
        {*ours, team}, {*peer, team}, std::nullopt);
  }

  void handed_over() {
    const std::vector<double> ratios =
        batches("alloc + free by the other thread", two_, kHandedOverBatches, make_slab_hand_over,
                std::nullopt, make_mimalloc_hand_over);
    report_.rows.push_back({"alloc + free by the other thread, geometric mean", "mimalloc",
                            std::nullopt, geometric_mean(ratios), kFreedByOther});
    const unsigned smallest = kHandedOverBatches[0];
    const auto bare = make_bare_hand_over(smallest);
    const auto peer = make_mimalloc_hand_over(smallest);
    row("hand-over alone" + on(two_) + batch_of(smallest), "mimalloc", {*bare, two_}, {*peer, two_},
        std::nullopt);
  }

  void request(const std::string& what, const RequestKind& kind, double budget) {
    const auto ours = make_slab_requests(kind);
    const auto peer = make_mimalloc_requests();
    row("request of 200 objects, " + what, "mimalloc", {*ours, one_}, {*peer, one_}, budget);
  }

  void epochs() {
    request("discarded", {}, kDiscarded);
    request("each freed, closed", {.frees_each = true}, kFreedAndClosed);
    request("discarded with 9 others", {.an_epoch = 10}, kDiscarded);
    request("discarded with 999 others, kept warm",
            {.an_epoch = 1000, .retain_bytes = kThousandRequestsBytes}, kThousandAnEpoch);
    const auto pair = make_slab_objects(1);
    const Repetition pair_ns = repetition({*pair, one_});
    {
      const auto alone = make_advances(0);
      row("epoch_advance, nothing in it, 1 thread", "alloc + free", repetition({*alone, one_}),
          pair_ns, kAdvancePairs);
    }
    const auto with_others = make_advances(4);
    const auto membarriers = make_membarriers();
    const Repetition membarrier_ns = repetition({*membarriers, one_});
    row(
        "epoch_advance, nothing in it, 4 more threads", "60 pairs, 2 barriers",
        repetition({*with_others, one_}),
        [pair_ns, membarrier_ns] {
          return kAdvancePairs * pair_ns() + kAdvanceMembarriers * membarrier_ns();
        },
        1.0);
  }

  // Beside what else is installed: of the same work, without a budget.
  void others() {
    for (const MallocPeer& peer : other_peers()) {
      const auto objects = make_peer_objects(peer, kPeerBatch);
      const auto pointers = make_slab_pointers(kPeerBatch);
      row("alloc + free by pointer, 1 thread" + batch_of(kPeerBatch), peer.name, {*pointers, one_},
          {*objects, one_}, std::nullopt);
      const auto theirs = make_peer_requests(peer);
      const auto ours = make_slab_requests({});
      row("request of 200 objects, discarded", peer.name, {*ours, one_}, {*theirs, one_},
          std::nullopt);
    }
  }

  // Whole programs, with our library beneath their malloc and with others in turn.
  void programs() {
    const Programs programs(std::min(1.0, report_.effort.repetition_ms / kFullSizeMs));
    const unsigned runs = std::max(1U, report_.effort.repetitions / kRepetitionsARun);
    for (const Program& program : programs.installed()) {
      for (const auto& [peer, library] :
           {std::pair{"glibc", std::string()}, std::pair{"mimalloc", mimallocs_malloc()}}) {
        if (progress_) std::fprintf(stderr, "running %s\n", program.name.c_str());
        std::vector<double> ours_ms, ours_mib, peers_ms, peers_mib;
        for (unsigned i = 0; i < runs; ++i) {
          const Programs::Cost ours = programs.run(program, our_malloc());
          const Programs::Cost theirs = programs.run(program, library);
          ours_ms.push_back(ours.wall_ms);
          ours_mib.push_back(ours.peak_mib);
          peers_ms.push_back(theirs.wall_ms);
          peers_mib.push_back(theirs.peak_mib);
        }
        measured(program.name + ", wall time, ms", peer, comparison_of(ours_ms, peers_ms), "ms");
        measured(program.name + ", peak RSS, MiB", peer, comparison_of(ours_mib, peers_mib), "MiB");
      }
    }
  }

  void measured(const std::string& what, const std::string& peer, const Comparison& comparison,
                const char* unit) {
    report_.rows.push_back({.what = what,
                            .peer = peer,
                            .measured = comparison,
                            .ratio = comparison.ratio,
                            .budget = std::nullopt,
                            .unit = unit});
  }

  Report run() {
    references();
    objects();
    handed_over();
    epochs();
    others();
    programs();
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
