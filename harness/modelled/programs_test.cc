// Programs that nobody thought of: calls of the library drawn by RapidCheck, two or three threads
// of them under the explorer, each history explained by the model. A failure is shrunk, program and
// schedule together.
//
//   TEMPORAL_SLAB_MODELLED_PROGRAMS  how many of each kind (40)
//   TEMPORAL_SLAB_MODELLED_SEED      1
#include <gtest/gtest.h>

#include <cstdlib>

#include "harness/modelled/library.h"
#include "harness/parallel/parallel.h"

namespace temporal_slab::modelled {
namespace {

int from_environment(const char* name, int otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

// Of the epochs that a short program can reach. No kMeet: a thread would wait for ever.
rc::Gen<Call> any_call() {
  return rc::gen::map(rc::gen::tuple(rc::gen::inRange(0, static_cast<int>(Make::kMeet)),
                                     rc::gen::inRange(0U, 3U), rc::gen::inRange(0U, 3U)),
                      [](const std::tuple<int, std::uint32_t, std::uint32_t>& drawn) {
                        Call call;
                        call.make = static_cast<Make>(std::get<0>(drawn));
                        call.a = std::get<1>(drawn);
                        call.b = std::get<2>(drawn);
                        return call;
                      });
}

parallel::Outcome<Spec> tried(int threads, explorer::Search search, std::int64_t schedules) {
  parallel::Settings<Spec> settings;
  settings.programs = from_environment("TEMPORAL_SLAB_MODELLED_PROGRAMS", 40);
  settings.seed = static_cast<std::uint64_t>(from_environment("TEMPORAL_SLAB_MODELLED_SEED", 1));
  settings.threads = threads;
  settings.prefix = 4;
  settings.calls = 4;
  settings.exploration = {};
  settings.exploration.search = search;
  settings.exploration.depth = 3;
  settings.exploration.schedules = schedules;
  return parallel::check<Spec, Subject>(any_call(), settings);
}

TEST(ModelledPrograms, TwoThreads) {
  const auto outcome = tried(2, explorer::Search::kPct, 40);
  EXPECT_TRUE(outcome.holds) << outcome.report;
}

TEST(ModelledPrograms, ThreeThreads) {
  const auto outcome = tried(3, explorer::Search::kPct, 40);
  EXPECT_TRUE(outcome.holds) << outcome.report;
}

TEST(ModelledPrograms, ThreeThreadsByLot) {
  const auto outcome = tried(3, explorer::Search::kRandom, 20);
  EXPECT_TRUE(outcome.holds) << outcome.report;
}

}  // namespace
}  // namespace temporal_slab::modelled
