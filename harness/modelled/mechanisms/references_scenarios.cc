// Calls on references under every schedule, each history explained by references_spec.h.
#include "harness/explorer/explorer.h"
#include "harness/modelled/mechanisms/references_spec.h"
#include "harness/modelled/mechanisms/scenario.h"
#include "harness/parallel/program.h"

namespace temporal_slab::modelled {
namespace {

using explorer::Options;
using explorer::Result;
using references::Call;
using references::Make;
using references::Spec;
using references::Subject;
using Payer = sync::Bias::Payer;
using Program = parallel::Program<Spec>;
using Calls = Program::Calls;

constexpr Call join(std::uint32_t thread) { return {Make::kJoin, thread}; }
constexpr Call kLeave{Make::kLeave};
constexpr Call inc(std::uint32_t epoch) { return {Make::kInc, epoch}; }
constexpr Call dec(std::uint32_t epoch) { return {Make::kDec, epoch}; }
constexpr Call get(std::uint32_t epoch) { return {Make::kGet, epoch}; }
constexpr Call try_close(std::uint32_t epoch) { return {Make::kTryClose, epoch}; }
constexpr Call close_epoch(std::uint32_t epoch) { return {Make::kClose, epoch}; }
constexpr Call era(std::uint32_t epoch) { return {Make::kEra, epoch}; }
constexpr Call active(std::uint32_t epoch) { return {Make::kActive, epoch}; }
constexpr Call kAcquire{Make::kAcquire};
constexpr Call kAcquireAgain{Make::kAcquireAgain};
constexpr Call kRelease{Make::kRelease};
constexpr Call release_of(std::uint32_t thread) { return {Make::kReleaseShared, thread}; }
constexpr Call kExit{Make::kReleaseAndClose};
constexpr Call kAdvance{Make::kAdvance};
constexpr Call kCurrent{Make::kCurrent};

// Two threads, 1 and 2, with a place each, after `prefix`, which thread 0 makes and then leaves.
Program two(Calls prefix, Calls first, Calls second, Calls suffix) {
  if (!prefix.empty()) {
    prefix.insert(prefix.begin(), join(0));
    prefix.push_back(kLeave);
  }
  prefix.push_back(join(1));
  prefix.push_back(join(2));
  return {std::move(prefix), {std::move(first), std::move(second)}, std::move(suffix)};
}

Options exhaustive(int preemptions, int stale_reads = 1) {
  Options options;
  options.preemptions = preemptions;
  options.stale_reads = stale_reads;
  options.spurious_failures = 0;
  return options;
}

Options pct(std::int64_t schedules) {
  Options options;
  options.search = explorer::Search::kPct;
  options.schedules = schedules;
  options.depth = 5;
  return options;
}

Scenario scenario(const char* name, const Options& options, Program program,
                  Payer payer = Payer::kRevoker) {
  return {name, options, [program = std::move(program), payer](const Options& with) {
            return payer == Payer::kRevoker
                       ? parallel::explore<Spec, Subject<Payer::kRevoker>>(program, with)
                       : parallel::explore<Spec, Subject<Payer::kBoth>>(program, with);
          }};
}

}  // namespace

std::vector<Scenario> references_scenarios() {
  constexpr auto kFences = Payer::kBoth;
  const Calls counts = {get(0), get(1), kCurrent};
  return {
      scenario("DecAtZeroBesideIncAndDec", exhaustive(2),
               two({}, {inc(0), dec(0)}, {dec(0)}, counts)),
      scenario("DecAtZeroBesideIncAndDecWithFences", exhaustive(2),
               two({}, {inc(0), dec(0)}, {dec(0)}, counts), kFences),
      scenario("TwoDecsOfOne", exhaustive(2), two({inc(0)}, {dec(0)}, {dec(0)}, counts)),
      scenario("OwnAndOthersDec", exhaustive(2),
               two({inc(0)}, {inc(0), dec(0)}, {dec(0), get(0)}, counts)),
      scenario("HandedOn", exhaustive(2), two({}, {inc(0), inc(0)}, {dec(0), dec(0)}, counts)),
      scenario("CountedWhileItMoves", exhaustive(3),
               two({inc(0)}, {inc(0), dec(0)}, {get(0)}, counts)),
      scenario("SharedCounts", exhaustive(2),
               two({inc(0), inc(1)}, {dec(0), inc(0), dec(0)}, {inc(0), dec(0)}, counts)),
      scenario("AdvanceBesideTheNext", exhaustive(2),
               two({}, {kAdvance}, {inc(1), get(1), dec(1)}, counts)),
      scenario("AdvanceBesideTheNextWithFences", exhaustive(2),
               two({}, {kAdvance}, {inc(1), dec(1)}, counts), kFences),
      scenario("AdvanceBesideTheOneLeft", exhaustive(2),
               two({}, {kAdvance, get(0)}, {inc(0), dec(0)}, counts)),
      scenario("AdvanceBesideAcquire", exhaustive(2),
               two({}, {kAdvance, get(0)}, {kAcquire, kRelease}, counts)),
      scenario("AdvanceBesideAcquireWithFences", exhaustive(2),
               two({}, {kAdvance, get(0)}, {kAcquire}, counts), kFences),
      scenario("AdvanceStepsOver", exhaustive(2),
               two({inc(1)}, {kAdvance}, {dec(1), inc(2)}, {get(1), get(2), kCurrent})),
      scenario("AdvancesInTwoThreads", exhaustive(2),
               two({}, {kAdvance, kCurrent}, {kAdvance, era(1)}, counts)),
      scenario("AdvanceTakesOver", exhaustive(1),
               two({inc(1), inc(2)}, {kAdvance}, {inc(1), dec(1), get(1)}, counts)),
      scenario("ACountIsLeftTwice", exhaustive(1),
               two({inc(1), inc(2)}, {kAdvance, inc(1), kLeave, get(1)}, {get(1)}, counts)),
      scenario("AStaleExitBesideOne", exhaustive(1),
               two({}, {kAcquire, dec(0), kAdvance, kAdvance, kAdvance, inc(0), kExit, get(0)},
                   {get(0)}, counts)),
      scenario(
          "AStaleExitBesideTwo", exhaustive(1),
          two({}, {kAcquire, dec(0), kAdvance, kAdvance, kAdvance, inc(0), inc(0), kExit, get(0)},
              {get(0)}, counts)),
      scenario("TakenOverBesideItsRelease", exhaustive(1),
               two({inc(1), inc(2), kAcquire}, {kAdvance, kAdvance, kAdvance},
                   {release_of(0), release_of(0)}, counts)),
      scenario("LookBesideAdvance", exhaustive(2),
               two({}, {kAdvance}, {kCurrent, era(1), active(0), kCurrent}, counts)),
      scenario("LookTheOtherWayBesideAdvance", exhaustive(2),
               two({}, {kAdvance}, {active(0), era(1), kCurrent}, counts)),
      scenario("CloseBesideAcquire", exhaustive(2),
               two({}, {close_epoch(0), active(0)}, {kAcquire, kAcquireAgain}, counts)),
      scenario("TryCloseBesideAcquire", exhaustive(2),
               two({}, {try_close(0)}, {kAcquire, active(0)}, counts)),
      scenario("TryCloseBesideAcquireWithFences", exhaustive(2),
               two({}, {try_close(0)}, {kAcquire, active(0)}, counts), kFences),
      scenario("TryCloseBesideIncAndDec", exhaustive(2),
               two({inc(2)}, {try_close(2), active(2)}, {dec(2), inc(2), active(2)}, {get(2)})),
      scenario("TheLastTwoDomainsExit", exhaustive(2),
               two({}, {kAcquire, kExit}, {kAcquire, kExit}, {active(0), kCurrent})),
      scenario(
          "TheLastTwoDomainsOfOneClosed", exhaustive(2),
          two({}, {kAcquire, kExit}, {kAcquire, close_epoch(0), kExit}, {active(0), kCurrent})),
      scenario("ADomainExitsBesideAGuest", exhaustive(2),
               two({inc(0)}, {kAcquire, kExit}, {dec(0)}, {active(0), kCurrent})),
      scenario("AThreadLeavesItsCount", exhaustive(2),
               two({}, {inc(0), inc(0), kLeave}, {get(0), dec(0), get(0)}, counts)),
      scenario("APlaceIsUsedAgain", exhaustive(2),
               {{join(1)}, {{inc(0), kLeave}, {inc(1), join(2), dec(0), inc(0), get(0)}}, counts}),
      scenario("ThreadsWithoutPlaces", exhaustive(2),
               {{}, {{inc(0), dec(0)}, {dec(0), kAcquire, kExit}}, counts}),
      scenario("AThreadWithAPlaceAndOneWithout", exhaustive(2),
               {{join(1)}, {{inc(0), dec(0)}, {kAcquire, kRelease}}, counts}),
      scenario(
          "ThreeThreadsCountAndAsk", pct(10'000),
          {{join(1), join(2)},
           {{inc(0), inc(0), dec(0), dec(0)}, {inc(0), dec(0), inc(0)}, {get(0), get(0), get(0)}},
           counts}),
      scenario("ThreeThreadsDropMoreThanThereIs", pct(10'000),
               {{join(1), join(2)},
                {{inc(0), dec(0), dec(0)}, {dec(0), inc(0), dec(0)}, {inc(0), dec(0), get(0)}},
                counts}),
      scenario("ThreeDomainsExit", pct(10'000),
               {{join(1), join(2)},
                {{kAcquire, kExit, kCurrent}, {kAcquire, kExit}, {kAcquire, kExit, active(0)}},
                counts}),
      scenario("ThreeThreadsOfEverything", pct(20'000),
               {{join(1), join(2)},
                {{kAcquire, kAdvance, kRelease, get(0), kLeave},
                 {inc(1), try_close(0), dec(1), kAcquire, kExit},
                 {join(3), kAcquire, kAdvance, kAcquireAgain, kRelease}},
                counts}),
      scenario("ThreeThreadsOfEverythingWithFences", pct(10'000),
               {{join(1), join(2)},
                {{kAcquire, kAdvance, kRelease, kAdvance},
                 {inc(1), kAdvance, dec(1), era(1)},
                 {dec(1), kAcquire, kAdvance, kRelease}},
                counts},
               kFences),
  };
}

}  // namespace temporal_slab::modelled
