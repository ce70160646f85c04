// Takes failures of the known bugs at random, replays each a hundred times, and prints them. What
// is printed must not depend on who compiled this: failures.txt holds it.
#include <cstdio>
#include <string>
#include <vector>

#include "harness/explorer/corpus/bug.h"
#include "harness/explorer/random.h"

namespace {

namespace explorer = temporal_slab::explorer;

constexpr int kFailures = 12;
constexpr int kReplays = 100;

std::vector<explorer::corpus::Bug> all_bugs() {
  std::vector<explorer::corpus::Bug> bugs;
  for (const auto* some : {&explorer::corpus::locks(), &explorer::corpus::protocols(),
                           &explorer::corpus::structures()}) {
    bugs.insert(bugs.end(), some->begin(), some->end());
  }
  return bugs;
}

// One failure: by which search, of which seed, minimised or as it was found.
bool tell(const explorer::corpus::Bug& bug, explorer::Random& random) {
  explorer::Options options;
  options.search = random.below(2) == 0 ? explorer::Search::kRandom : explorer::Search::kPct;
  options.seed = random.next();
  options.minimise = random.below(2) == 0;
  options.schedules = 100'000;
  const auto body = [&] { bug.scenario(false); };
  const explorer::Result result = explorer::explore(options, body);
  std::printf("== %s, after %lld schedules\n%s\n", bug.name,
              static_cast<long long>(result.schedules), result.report.c_str());
  if (result.passed()) return false;
  for (int i = 0; i < kReplays; ++i) {
    const explorer::Result again = explorer::replay(options, body, result.replay);
    if (again.report == result.report) continue;
    std::printf("replay %d differs:\n%s\n", i, again.report.c_str());
    return false;
  }
  return true;
}

}  // namespace

int main() {
  const std::vector<explorer::corpus::Bug> bugs = all_bugs();
  explorer::Random random(2026);
  bool same = true;
  for (int i = 0; i < kFailures; ++i) {
    const int bug = random.below(static_cast<int>(bugs.size()));
    same = tell(bugs[static_cast<unsigned>(bug)], random) && same;
  }
  return same ? 0 : 1;
}
